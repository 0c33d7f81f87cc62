//! Condition keys by what a test of them is worth.

use super::circumstance::Circumstance;
use crate::score::definition::ScoreVersion;

/// What the generic attacker brings for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallerBrings {
    /// The key is absent.
    Nothing,
    /// The key has a value that no policy can name.
    Fresh,
    /// As [`Fresh`](Self::Fresh), and every request carries the key.
    Present,
    /// A Region that no policy can name.
    Region,
    /// A policy: one that no policy can name, or the administrator's.
    Policy,
    /// Whatever serves: the caller chooses.
    Either,
}

/// What a test of a key is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyClass {
    /// Earns nothing: the caller can say what it likes, or it is always so.
    Free,
    /// The caller's address.
    Address,
    /// The present moment.
    Moment,
    /// Whether the caller signed in with MFA.
    MfaPresent,
    /// How long ago the caller signed in with MFA.
    MfaAge,
    /// Whether AWS calls on a principal's behalf: known to be false.
    DirectCall,
    /// The service that a role is passed to.
    PassedToService,
    /// Any other key with a circumstance.
    Circumstance(Circumstance, CallerBrings),
}

/// The class of a key given in lower case.
pub(crate) fn classify(key: &str, version: ScoreVersion) -> KeyClass {
    use KeyClass::Circumstance as In;
    let (prefix, name) = key.split_once(':').unwrap_or(("", key));
    let base = name.split('/').next().unwrap_or(name);
    if let Some(class) = classify_anew(prefix, base).filter(|_| version != ScoreVersion::V1) {
        return class;
    }
    match (prefix, base) {
        ("aws", "securetransport" | "useragent" | "referer" | "requesttag" | "tagkeys") => KeyClass::Free,
        (_, "tlsversion" | "signatureversion" | "signatureage" | "authtype" | "rolesessionname") => KeyClass::Free,
        ("aws", "sourceip") => KeyClass::Address,
        (
            "aws",
            "sourcevpc" | "sourcevpce" | "sourcevpcarn" | "vpcsourceip" | "vpceaccount" | "vpceorgid" | "vpceorgpaths",
        )
        | ("ec2", "sourceinstancearn") => In(Circumstance::Network, CallerBrings::Nothing),
        ("aws", "multifactorauthpresent" | "multifactorauthage") => In(Circumstance::Mfa, CallerBrings::Nothing),
        ("aws", "currenttime" | "epochtime") => KeyClass::Moment,
        ("aws", "tokenissuetime") => In(Circumstance::Time, CallerBrings::Either),
        ("aws", "viaawsservice" | "principalisawsservice") => KeyClass::DirectCall,
        (
            "aws",
            "calledvia" | "calledviafirst" | "calledvialast" | "principalservicename" | "principalservicenameslist",
        )
        | ("kms", "viaservice" | "grantisforawsresource") => In(Circumstance::Service, CallerBrings::Nothing),
        ("aws", "sourcearn" | "sourceaccount" | "sourceorgid" | "sourceorgpaths") => {
            In(Circumstance::Service, CallerBrings::Nothing)
        }
        ("aws", "principalorgid" | "principalorgpaths" | "resourceorgid" | "resourceorgpaths" | "resourceaccount")
        | ("s3" | "kms", "resourceaccount" | "calleraccount") => In(Circumstance::Organization, CallerBrings::Fresh),
        ("aws", "requestedregion") => In(Circumstance::Region, CallerBrings::Fresh),
        ("aws", _) if base.starts_with("principal") => In(Circumstance::Who, CallerBrings::Fresh),
        ("aws", "username" | "userid" | "sourceidentity" | "federatedprovider" | "assumedroot")
        | ("saml", _)
        | ("sts", "sourceidentity" | "externalid") => In(Circumstance::Who, CallerBrings::Fresh),
        ("iam", "policyarn") => In(Circumstance::Boundary, CallerBrings::Fresh),
        ("iam", "permissionsboundary") => In(Circumstance::Boundary, CallerBrings::Either),
        (_, "resourcetag" | "existingobjecttag") => In(Circumstance::Tag, CallerBrings::Nothing),
        _ if prefix.contains('.') => In(Circumstance::Who, CallerBrings::Fresh),
        _ => In(Circumstance::Parameter, CallerBrings::Fresh),
    }
}

/// The class of a key that version 1 knows differently.
fn classify_anew(prefix: &str, base: &str) -> Option<KeyClass> {
    use KeyClass::Circumstance as In;
    Some(match (prefix, base) {
        // No bound on the date narrows what is granted, and a principal always is what it is.
        ("aws", "currenttime" | "epochtime" | "tokenissuetime")
        | ("aws", "principalorgid" | "principalorgpaths" | "principalaccount" | "principaltype")
        | ("kms", "calleraccount") => KeyClass::Free,
        // How an object is stored, not which.
        ("s3", _) if base.starts_with("x-amz-") => KeyClass::Free,
        ("aws", "multifactorauthpresent") => KeyClass::MfaPresent,
        ("aws", "multifactorauthage") => KeyClass::MfaAge,
        ("aws", "requestedregion") => In(Circumstance::Region, CallerBrings::Region),
        ("aws", "principalarn" | "userid") => In(Circumstance::Who, CallerBrings::Present),
        ("iam", "policyarn") => In(Circumstance::Boundary, CallerBrings::Policy),
        ("iam", "passedtoservice") => KeyClass::PassedToService,
        // Tags in the course of another call only.
        (_, "createaction") => In(Circumstance::Service, CallerBrings::Nothing),
        (
            _,
            "encryptioncontextkeys"
            | "leadingkeys"
            | "prefix"
            | "dataaccesspointarn"
            | "dataaccesspointaccount"
            | "accesspointarn"
            | "secretid"
            | "functionarn"
            | "resourcealiases"
            | "requestalias"
            | "vpc"
            | "subnet",
        ) => In(Circumstance::Part, CallerBrings::Fresh),
        _ if base.starts_with("encryptioncontext:") => In(Circumstance::Part, CallerBrings::Fresh),
        _ => return None,
    })
}
