mkdir policies
echo '{"Version": "2012-10-17", "Statement": []}' > policies/nothing.json
