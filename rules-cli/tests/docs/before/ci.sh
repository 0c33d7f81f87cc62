# A repository with a policy that fails, and an account at two times.
mkdir policies
cat > policies/wide.json <<'END'
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
END
# A folder is read like a snapshot.
cp -r "$SAMPLE" snapshot.json
cp -r "$SAMPLE" last-week.json
rules-cli evaluate --input snapshot.json --rule root-mfa-enabled --write-baseline account.json > /dev/null || test $? -eq 1
