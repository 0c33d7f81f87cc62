# A policy that passes, an event of a rule, exceptions: what the README takes for granted.
mkdir policies
cat > policies/reports.json <<'END'
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}]}
END
cp policies/reports.json policy.json
cat > event.json <<'END'
{
  "version": "1.0",
  "invokingEvent": "{\"messageType\": \"ScheduledNotification\", \"awsAccountId\": \"111122223333\", \"notificationCreationTime\": \"2026-06-30T07:00:00Z\"}",
  "ruleParameters": "{\"rule\": \"root-mfa-enabled\"}",
  "configRuleName": "root-mfa-enabled",
  "configRuleArn": "arn:aws:config:eu-west-1:111122223333:config-rule/config-rule-abcdef",
  "accountId": "111122223333",
  "eventLeftScope": false,
  "resultToken": "TESTMODE"
}
END
cat > exceptions.toml <<'END'
[[exception]]
rule = "admin-user-mfa-enabled"
resource = "arn:aws:iam::111122223333:user/data-migration"
owner = "data team"
reason = "moves to a role with the new pipeline"
expires = 2026-09-30
END
