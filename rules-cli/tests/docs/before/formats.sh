# An account at two times. A folder is read like a snapshot.
cp -r "$SAMPLE" snapshot.json
cp -r "$SAMPLE" last-month.json
