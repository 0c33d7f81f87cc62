//! The known paths of privilege escalation: which actions together lead to more privilege, and what else they take.
//!
//! Facts from pathfinding.cloud (Apache-2.0) and Prowler (Apache-2.0), kept in `data/escalation_paths.json`; a test holds
//! this table to it.

use EscalationClass as Class;

/// A way to more privilege.
#[derive(Debug)]
pub(crate) struct EscalationPath {
    pub(crate) id: &'static str,
    pub(crate) class: EscalationClass,
    /// All of them are needed.
    pub(crate) actions: &'static [&'static str],
    pub(crate) gain: Gain,
    /// What has to be there besides, of which the account's policies say nothing.
    pub(crate) needs: &'static [Need],
}

/// What kind of way it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EscalationClass {
    /// The principal grants itself more.
    SelfEscalation,
    /// The principal gets at the credentials or trust of another one.
    PrincipalAccess,
    /// The principal passes a role to something that it makes.
    NewPassRole,
    /// The principal takes over something that has a role already.
    ExistingPassRole,
    /// The principal assumes a role.
    AssumeRole,
}

/// Whose privilege is gained.
#[derive(Debug)]
pub(crate) enum Gain {
    /// That of a user, role or policy of the account, which is looked for case by case.
    Iam,
    /// That of a role which is passed to one of these services and trusts it.
    PassedRole(&'static [&'static str]),
    /// That of a role which is passed to some service and trusts it; the path's source does not say which.
    AnyPassedRole,
    /// That of a role which something has already that runs in one of these services.
    RunningRole(&'static [&'static str]),
    /// Whatever Identity Center grants.
    IdentityCenter,
}

/// Something that a path needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// An instance profile with the role.
    InstanceProfile,
    /// Something that only whoever knows the account can tell, in words.
    Told(&'static str),
}

/// Every path, in the order of the data.
#[rustfmt::skip]
pub(crate) static PATHS: &[EscalationPath] = &[
    EscalationPath { id: "apprunner-001", class: Class::NewPassRole, actions: &["iam:PassRole", "apprunner:CreateService"], gain: Gain::PassedRole(&["tasks.apprunner.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "apprunner-002", class: Class::ExistingPassRole, actions: &["apprunner:UpdateService"], gain: Gain::RunningRole(&["tasks.apprunner.amazonaws.com"]), needs: &[Need::Told("an existing apprunner:service")] },
    EscalationPath { id: "bedrock-001", class: Class::NewPassRole, actions: &["iam:PassRole", "bedrock-agentcore:CreateCodeInterpreter", "bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"], gain: Gain::PassedRole(&["bedrock-agentcore.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "bedrock-002", class: Class::ExistingPassRole, actions: &["bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"], gain: Gain::RunningRole(&["bedrock-agentcore.amazonaws.com"]), needs: &[Need::Told("an existing bedrock-agentcore:code-interpreter"), Need::Told("that it is running")] },
    EscalationPath { id: "cloudformation-001", class: Class::NewPassRole, actions: &["iam:PassRole", "cloudformation:CreateStack"], gain: Gain::PassedRole(&["cloudformation.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "cloudformation-002", class: Class::ExistingPassRole, actions: &["cloudformation:UpdateStack"], gain: Gain::RunningRole(&["cloudformation.amazonaws.com"]), needs: &[Need::Told("an existing cloudformation:stack")] },
    EscalationPath { id: "cloudformation-003", class: Class::NewPassRole, actions: &["iam:PassRole", "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"], gain: Gain::PassedRole(&["cloudformation.amazonaws.com"]), needs: &[Need::Told("an existing cloudformation:stackset"), Need::Told("a stack set administration role")] },
    EscalationPath { id: "cloudformation-004", class: Class::NewPassRole, actions: &["iam:PassRole", "cloudformation:UpdateStackSet"], gain: Gain::PassedRole(&["cloudformation.amazonaws.com"]), needs: &[Need::Told("an existing cloudformation:stackset"), Need::Told("a deployed stack instance")] },
    EscalationPath { id: "cloudformation-005", class: Class::ExistingPassRole, actions: &["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"], gain: Gain::RunningRole(&["cloudformation.amazonaws.com"]), needs: &[Need::Told("an existing cloudformation:stack")] },
    EscalationPath { id: "codebuild-001", class: Class::NewPassRole, actions: &["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"], gain: Gain::PassedRole(&["codebuild.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "codebuild-002", class: Class::ExistingPassRole, actions: &["codebuild:StartBuild"], gain: Gain::RunningRole(&["codebuild.amazonaws.com"]), needs: &[Need::Told("an existing codebuild:project"), Need::Told("a project whose buildspec may be overridden")] },
    EscalationPath { id: "codebuild-003", class: Class::ExistingPassRole, actions: &["codebuild:StartBuildBatch"], gain: Gain::RunningRole(&["codebuild.amazonaws.com"]), needs: &[Need::Told("an existing codebuild:project"), Need::Told("a project whose buildspec may be overridden"), Need::Told("a project set up for batch builds")] },
    EscalationPath { id: "codebuild-004", class: Class::NewPassRole, actions: &["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuildBatch"], gain: Gain::PassedRole(&["codebuild.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "datapipeline-001", class: Class::NewPassRole, actions: &["iam:PassRole", "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"], gain: Gain::PassedRole(&["datapipeline.amazonaws.com", "elasticmapreduce.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "ec2instanceconnect-003", class: Class::ExistingPassRole, actions: &["ec2-instance-connect:SendSSHPublicKey", "ec2:DescribeInstances"], gain: Gain::RunningRole(&["ec2.amazonaws.com"]), needs: &[Need::Told("an existing ec2:instance"), Need::Told("a network path for SSH"), Need::Told("EC2 Instance Connect on the instance"), Need::Told("that it is running")] },
    EscalationPath { id: "ec2-001", class: Class::NewPassRole, actions: &["iam:PassRole", "ec2:RunInstances"], gain: Gain::PassedRole(&["ec2.amazonaws.com"]), needs: &[Need::InstanceProfile] },
    EscalationPath { id: "ec2-002", class: Class::ExistingPassRole, actions: &["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"], gain: Gain::RunningRole(&["ec2.amazonaws.com"]), needs: &[Need::InstanceProfile, Need::Told("an existing ec2:instance")] },
    EscalationPath { id: "ec2-003", class: Class::NewPassRole, actions: &["iam:PassRole", "ec2:RequestSpotInstances"], gain: Gain::PassedRole(&["ec2.amazonaws.com"]), needs: &[Need::InstanceProfile, Need::Told("a subnet")] },
    EscalationPath { id: "ec2-004", class: Class::ExistingPassRole, actions: &["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"], gain: Gain::RunningRole(&["ec2.amazonaws.com"]), needs: &[Need::Told("an existing ec2:launch-template"), Need::Told("something that launches from the template")] },
    EscalationPath { id: "ecs-001", class: Class::NewPassRole, actions: &["iam:PassRole", "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:CreateService"], gain: Gain::PassedRole(&["ecs-tasks.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "ecs-002", class: Class::NewPassRole, actions: &["iam:PassRole", "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:RunTask"], gain: Gain::PassedRole(&["ecs-tasks.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "ecs-003", class: Class::NewPassRole, actions: &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:CreateService"], gain: Gain::PassedRole(&["ecs-tasks.amazonaws.com"]), needs: &[Need::Told("an ECS cluster")] },
    EscalationPath { id: "ecs-004", class: Class::NewPassRole, actions: &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"], gain: Gain::PassedRole(&["ecs-tasks.amazonaws.com"]), needs: &[Need::Told("an ECS cluster")] },
    EscalationPath { id: "ecs-005", class: Class::NewPassRole, actions: &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:StartTask"], gain: Gain::PassedRole(&["ecs-tasks.amazonaws.com"]), needs: &[Need::Told("an ECS cluster"), Need::Told("a registered container instance")] },
    EscalationPath { id: "glue-001", class: Class::NewPassRole, actions: &["iam:PassRole", "glue:CreateDevEndpoint"], gain: Gain::PassedRole(&["glue.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "glue-002", class: Class::ExistingPassRole, actions: &["glue:UpdateDevEndpoint"], gain: Gain::RunningRole(&["glue.amazonaws.com"]), needs: &[Need::Told("an existing glue:devendpoint")] },
    EscalationPath { id: "glue-003", class: Class::NewPassRole, actions: &["iam:PassRole", "glue:CreateJob", "glue:StartJobRun"], gain: Gain::PassedRole(&["glue.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "glue-004", class: Class::NewPassRole, actions: &["iam:PassRole", "glue:CreateJob", "glue:CreateTrigger"], gain: Gain::PassedRole(&["glue.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "glue-005", class: Class::NewPassRole, actions: &["iam:PassRole", "glue:UpdateJob", "glue:StartJobRun"], gain: Gain::PassedRole(&["glue.amazonaws.com"]), needs: &[Need::Told("an existing glue:job")] },
    EscalationPath { id: "glue-006", class: Class::NewPassRole, actions: &["iam:PassRole", "glue:UpdateJob", "glue:CreateTrigger"], gain: Gain::PassedRole(&["glue.amazonaws.com"]), needs: &[Need::Told("an existing glue:job")] },
    EscalationPath { id: "iam-001", class: Class::SelfEscalation, actions: &["iam:CreatePolicyVersion"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-002", class: Class::PrincipalAccess, actions: &["iam:CreateAccessKey"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-003", class: Class::PrincipalAccess, actions: &["iam:CreateAccessKey", "iam:DeleteAccessKey"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-004", class: Class::PrincipalAccess, actions: &["iam:CreateLoginProfile"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-005", class: Class::SelfEscalation, actions: &["iam:PutRolePolicy"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-006", class: Class::PrincipalAccess, actions: &["iam:UpdateLoginProfile"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-007", class: Class::SelfEscalation, actions: &["iam:PutUserPolicy"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-008", class: Class::SelfEscalation, actions: &["iam:AttachUserPolicy"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-009", class: Class::SelfEscalation, actions: &["iam:AttachRolePolicy"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-010", class: Class::SelfEscalation, actions: &["iam:AttachGroupPolicy"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-011", class: Class::SelfEscalation, actions: &["iam:PutGroupPolicy"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-012", class: Class::PrincipalAccess, actions: &["iam:UpdateAssumeRolePolicy"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-013", class: Class::SelfEscalation, actions: &["iam:AddUserToGroup"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-014", class: Class::PrincipalAccess, actions: &["iam:AttachRolePolicy", "sts:AssumeRole"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-015", class: Class::PrincipalAccess, actions: &["iam:AttachUserPolicy", "iam:CreateAccessKey"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-016", class: Class::PrincipalAccess, actions: &["iam:CreatePolicyVersion", "sts:AssumeRole"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-017", class: Class::PrincipalAccess, actions: &["iam:PutRolePolicy", "sts:AssumeRole"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-018", class: Class::PrincipalAccess, actions: &["iam:PutUserPolicy", "iam:CreateAccessKey"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-019", class: Class::PrincipalAccess, actions: &["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-020", class: Class::PrincipalAccess, actions: &["iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-021", class: Class::PrincipalAccess, actions: &["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "lambda-001", class: Class::NewPassRole, actions: &["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], gain: Gain::PassedRole(&["lambda.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "lambda-002", class: Class::NewPassRole, actions: &["iam:PassRole", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"], gain: Gain::PassedRole(&["lambda.amazonaws.com"]), needs: &[Need::Told("an event source")] },
    EscalationPath { id: "lambda-003", class: Class::ExistingPassRole, actions: &["lambda:UpdateFunctionCode"], gain: Gain::RunningRole(&["lambda.amazonaws.com"]), needs: &[Need::Told("an existing lambda:function"), Need::Told("something that invokes the function")] },
    EscalationPath { id: "lambda-004", class: Class::ExistingPassRole, actions: &["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], gain: Gain::RunningRole(&["lambda.amazonaws.com"]), needs: &[Need::Told("an existing lambda:function")] },
    EscalationPath { id: "lambda-005", class: Class::ExistingPassRole, actions: &["lambda:UpdateFunctionCode", "lambda:AddPermission"], gain: Gain::RunningRole(&["lambda.amazonaws.com"]), needs: &[Need::Told("an existing lambda:function")] },
    EscalationPath { id: "lambda-006", class: Class::NewPassRole, actions: &["iam:PassRole", "lambda:CreateFunction", "lambda:AddPermission"], gain: Gain::PassedRole(&["lambda.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "sagemaker-001", class: Class::NewPassRole, actions: &["iam:PassRole", "sagemaker:CreateNotebookInstance"], gain: Gain::PassedRole(&["sagemaker.amazonaws.com"]), needs: &[] },
    EscalationPath { id: "sagemaker-002", class: Class::NewPassRole, actions: &["iam:PassRole", "sagemaker:CreateTrainingJob"], gain: Gain::PassedRole(&["sagemaker.amazonaws.com"]), needs: &[Need::Told("a bucket to write to")] },
    EscalationPath { id: "sagemaker-003", class: Class::NewPassRole, actions: &["iam:PassRole", "sagemaker:CreateProcessingJob"], gain: Gain::PassedRole(&["sagemaker.amazonaws.com"]), needs: &[Need::Told("a bucket to write to")] },
    EscalationPath { id: "sagemaker-004", class: Class::ExistingPassRole, actions: &["sagemaker:CreatePresignedNotebookInstanceUrl"], gain: Gain::RunningRole(&["sagemaker.amazonaws.com"]), needs: &[Need::Told("an existing sagemaker:notebook-instance"), Need::Told("that it is running")] },
    EscalationPath { id: "sagemaker-005", class: Class::ExistingPassRole, actions: &["sagemaker:CreateNotebookInstanceLifecycleConfig", "sagemaker:StopNotebookInstance", "sagemaker:UpdateNotebookInstance", "sagemaker:StartNotebookInstance"], gain: Gain::RunningRole(&["sagemaker.amazonaws.com"]), needs: &[Need::Told("an existing sagemaker:notebook-instance")] },
    EscalationPath { id: "ssm-001", class: Class::ExistingPassRole, actions: &["ssm:StartSession"], gain: Gain::RunningRole(&["ec2.amazonaws.com"]), needs: &[Need::InstanceProfile, Need::Told("an existing ec2:instance"), Need::Told("the SSM agent on the instance"), Need::Told("that it is running")] },
    EscalationPath { id: "ssm-002", class: Class::ExistingPassRole, actions: &["ssm:SendCommand"], gain: Gain::RunningRole(&["ec2.amazonaws.com"]), needs: &[Need::InstanceProfile, Need::Told("an existing ec2:instance"), Need::Told("the SSM agent on the instance"), Need::Told("that it is running")] },
    EscalationPath { id: "sts-001", class: Class::AssumeRole, actions: &["sts:AssumeRole"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "prowler-setdefaultpolicyversion", class: Class::SelfEscalation, actions: &["iam:SetDefaultPolicyVersion"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "prowler-assumerole-updateassumerolepolicy", class: Class::PrincipalAccess, actions: &["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "prowler-passrole-createlambda-newdynamo", class: Class::NewPassRole, actions: &["dynamodb:CreateTable", "dynamodb:PutItem", "iam:PassRole", "lambda:CreateEventSourceMapping", "lambda:CreateFunction"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "prowler-lambda-updatefunctionconfiguration", class: Class::ExistingPassRole, actions: &["lambda:UpdateFunctionConfiguration"], gain: Gain::RunningRole(&["lambda.amazonaws.com"]), needs: &[Need::Told("an existing resource")] },
    EscalationPath { id: "prowler-passrole-codestar", class: Class::NewPassRole, actions: &["codestar:CreateProject", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "prowler-passrole-createautoscaling", class: Class::NewPassRole, actions: &["autoscaling:CreateAutoScalingGroup", "autoscaling:CreateLaunchConfiguration", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "prowler-passrole-updateautoscaling", class: Class::NewPassRole, actions: &["autoscaling:CreateLaunchConfiguration", "autoscaling:UpdateAutoScalingGroup", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "prowler-passrole-ecs-starttask", class: Class::NewPassRole, actions: &["ecs:DeregisterContainerInstance", "ecs:RegisterContainerInstance", "ecs:StartTask", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "prowler-passrole-ecs-runtask", class: Class::NewPassRole, actions: &["ecs:RunTask", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "ecs-006", class: Class::ExistingPassRole, actions: &["ecs:DescribeTasks", "ecs:ExecuteCommand"], gain: Gain::RunningRole(&["ecs-tasks.amazonaws.com"]), needs: &[Need::Told("an existing resource")] },
    EscalationPath { id: "prowler-agentcoreinvokeruntimecommand", class: Class::ExistingPassRole, actions: &["bedrock-agentcore:InvokeAgentRuntimeCommand"], gain: Gain::RunningRole(&["bedrock-agentcore.amazonaws.com"]), needs: &[Need::Told("an existing resource")] },
    EscalationPath { id: "prowler-passrole-agentcorecreateruntime-invokeruntimecommand", class: Class::NewPassRole, actions: &["bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:CreateAgentRuntimeEndpoint", "bedrock-agentcore:CreateWorkloadIdentity", "bedrock-agentcore:InvokeAgentRuntimeCommand", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "prowler-passrole-agentcorecreateharness-invokeruntimecommand", class: Class::NewPassRole, actions: &["bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:CreateAgentRuntimeEndpoint", "bedrock-agentcore:CreateHarness", "bedrock-agentcore:CreateWorkloadIdentity", "bedrock-agentcore:GetAgentRuntime", "bedrock-agentcore:InvokeAgentRuntimeCommand", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "prowler-agentcorebrowsersessionconnect", class: Class::ExistingPassRole, actions: &["bedrock-agentcore:ConnectBrowserAutomationStream", "bedrock-agentcore:StartBrowserSession"], gain: Gain::RunningRole(&["bedrock-agentcore.amazonaws.com"]), needs: &[Need::Told("an existing resource")] },
    EscalationPath { id: "prowler-passrole-agentcorecreatebrowser-connectbrowser", class: Class::NewPassRole, actions: &["bedrock-agentcore:ConnectBrowserAutomationStream", "bedrock-agentcore:CreateBrowser", "bedrock-agentcore:StartBrowserSession", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "batch-001", class: Class::NewPassRole, actions: &["batch:RegisterJobDefinition", "batch:SubmitJob", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "batch-002", class: Class::ExistingPassRole, actions: &["batch:SubmitJob"], gain: Gain::RunningRole(&["ecs-tasks.amazonaws.com"]), needs: &[Need::Told("an existing resource")] },
    EscalationPath { id: "braket-001", class: Class::NewPassRole, actions: &["braket:CreateJob", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "codedeploy-001", class: Class::ExistingPassRole, actions: &["codedeploy:CreateDeployment", "codedeploy:GetDeploymentConfig", "codedeploy:RegisterApplicationRevision"], gain: Gain::RunningRole(&["ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]), needs: &[Need::Told("an existing resource")] },
    EscalationPath { id: "cognitoidentity-001", class: Class::NewPassRole, actions: &["cognito-identity:SetIdentityPoolRoles", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "ecs-009", class: Class::NewPassRole, actions: &["ecs:StartTask", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "emr-001", class: Class::NewPassRole, actions: &["elasticmapreduce:RunJobFlow", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "emrserverless-001", class: Class::NewPassRole, actions: &["emr-serverless:CreateApplication", "emr-serverless:StartJobRun", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "gamelift-001", class: Class::NewPassRole, actions: &["gamelift:CreateBuild", "gamelift:CreateFleet", "gamelift:RequestUploadCredentials", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "glue-007", class: Class::NewPassRole, actions: &["glue:CreateSession", "glue:RunStatement", "iam:PassRole"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "imagebuilder-001", class: Class::NewPassRole, actions: &["iam:PassRole", "imagebuilder:CreateComponent", "imagebuilder:CreateImage", "imagebuilder:CreateImageRecipe", "imagebuilder:CreateInfrastructureConfiguration"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "kinesisanalytics-001", class: Class::NewPassRole, actions: &["iam:PassRole", "kinesisanalytics:CreateApplication", "kinesisanalytics:StartApplication"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "omics-001", class: Class::NewPassRole, actions: &["iam:PassRole", "omics:CreateWorkflow", "omics:StartRun", "s3:GetObject"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "scheduler-001", class: Class::NewPassRole, actions: &["iam:PassRole", "scheduler:CreateSchedule"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "ssm-003", class: Class::NewPassRole, actions: &["iam:PassRole", "ssm:CreateDocument", "ssm:StartAutomationExecution"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "stepfunctions-001", class: Class::NewPassRole, actions: &["iam:PassRole", "states:CreateStateMachine", "states:StartExecution"], gain: Gain::AnyPassedRole, needs: &[] },
    EscalationPath { id: "stepfunctions-002", class: Class::ExistingPassRole, actions: &["states:StartExecution", "states:UpdateStateMachine"], gain: Gain::RunningRole(&["states.amazonaws.com"]), needs: &[Need::Told("an existing resource")] },
    EscalationPath { id: "iam-022", class: Class::SelfEscalation, actions: &["iam:DeleteUserPermissionsBoundary"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "iam-023", class: Class::PrincipalAccess, actions: &["iam:DeleteRolePermissionsBoundary", "sts:AssumeRole"], gain: Gain::Iam, needs: &[] },
    EscalationPath { id: "sso-001", class: Class::SelfEscalation, actions: &["sso:AttachManagedPolicyToPermissionSet", "sso:CreateAccountAssignment", "sso:CreatePermissionSet"], gain: Gain::IdentityCenter, needs: &[Need::Told("that the account administers IAM Identity Center")] },
    EscalationPath { id: "sso-002", class: Class::SelfEscalation, actions: &["sso:AttachManagedPolicyToPermissionSet"], gain: Gain::IdentityCenter, needs: &[Need::Told("that the account administers IAM Identity Center")] },
    EscalationPath { id: "sso-003", class: Class::SelfEscalation, actions: &["sso:PutInlinePolicyToPermissionSet"], gain: Gain::IdentityCenter, needs: &[Need::Told("that the account administers IAM Identity Center")] },
];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Gain, Need, PATHS};

    #[test]
    fn the_table_is_what_the_data_says() {
        let data: Value = serde_json::from_str(include_str!("../../data/escalation_paths.json")).unwrap();
        let paths = data["paths"].as_array().unwrap();
        assert_eq!(paths.len(), PATHS.len());
        for (theirs, ours) in paths.iter().zip(PATHS) {
            assert_eq!(theirs["id"], ours.id);
            assert_eq!(theirs["required_actions"], json!(ours.actions), "{}", ours.id);
            let trusted = theirs["prerequisites"]["role_trusts_any_of"].as_array().unwrap();
            match ours.gain {
                Gain::PassedRole(services) if !trusted.is_empty() => assert_eq!(json!(services), json!(trusted)),
                _ => assert!(trusted.is_empty(), "{}", ours.id),
            }
            let conditions = theirs["prerequisites"]["conditions"].as_array().unwrap();
            let profile = conditions.contains(&json!("INSTANCE_PROFILE"));
            assert_eq!(ours.needs.contains(&Need::InstanceProfile), profile, "{}", ours.id);
        }
    }

    #[test]
    fn a_path_whose_prerequisites_are_not_written_down_is_never_certain() {
        let data: Value = serde_json::from_str(include_str!("../../data/escalation_paths.json")).unwrap();
        for (theirs, ours) in data["paths"].as_array().unwrap().iter().zip(PATHS) {
            let is_vague = match ours.gain {
                Gain::Iam | Gain::AnyPassedRole => true,
                Gain::PassedRole(_) => false,
                Gain::RunningRole(_) | Gain::IdentityCenter => !ours.needs.is_empty(),
            };
            assert!(theirs.get("reach_needed").is_some() || is_vague, "{}", ours.id);
        }
    }
}
