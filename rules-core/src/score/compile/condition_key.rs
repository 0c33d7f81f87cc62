//! Condition keys by what a test of them is worth.

use super::circumstance::Circumstance;

/// What the generic attacker brings for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Brings {
    /// The key is absent.
    Nothing,
    /// The key has a value that no policy can name.
    Fresh,
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
    /// Whether AWS calls on a principal's behalf: known to be false.
    DirectCall,
    /// Any other key with a circumstance.
    Circumstance(Circumstance, Brings),
}

/// The class of a key given in lower case.
pub(crate) fn classify(key: &str) -> KeyClass {
    use KeyClass::Circumstance as In;
    let (prefix, name) = key.split_once(':').unwrap_or(("", key));
    let base = name.split('/').next().unwrap_or(name);
    match (prefix, base) {
        ("aws", "securetransport" | "useragent" | "referer" | "requesttag" | "tagkeys") => KeyClass::Free,
        (_, "tlsversion" | "signatureversion" | "signatureage" | "authtype" | "rolesessionname") => KeyClass::Free,
        ("aws", "sourceip") => KeyClass::Address,
        (
            "aws",
            "sourcevpc" | "sourcevpce" | "sourcevpcarn" | "vpcsourceip" | "vpceaccount" | "vpceorgid" | "vpceorgpaths",
        )
        | ("ec2", "sourceinstancearn") => In(Circumstance::Network, Brings::Nothing),
        ("aws", "multifactorauthpresent" | "multifactorauthage") => In(Circumstance::Mfa, Brings::Nothing),
        ("aws", "currenttime" | "epochtime") => KeyClass::Moment,
        ("aws", "tokenissuetime") => In(Circumstance::Time, Brings::Either),
        ("aws", "viaawsservice" | "principalisawsservice") => KeyClass::DirectCall,
        (
            "aws",
            "calledvia" | "calledviafirst" | "calledvialast" | "principalservicename" | "principalservicenameslist",
        )
        | ("kms", "viaservice" | "grantisforawsresource") => In(Circumstance::Service, Brings::Nothing),
        ("aws", "sourcearn" | "sourceaccount" | "sourceorgid" | "sourceorgpaths") => {
            In(Circumstance::Service, Brings::Nothing)
        }
        ("aws", "principalorgid" | "principalorgpaths" | "resourceorgid" | "resourceorgpaths" | "resourceaccount")
        | ("s3" | "kms", "resourceaccount" | "calleraccount") => In(Circumstance::Organization, Brings::Fresh),
        ("aws", "requestedregion") => In(Circumstance::Region, Brings::Fresh),
        ("aws", _) if base.starts_with("principal") => In(Circumstance::Who, Brings::Fresh),
        ("aws", "username" | "userid" | "sourceidentity" | "federatedprovider" | "assumedroot")
        | ("saml", _)
        | ("sts", "sourceidentity" | "externalid") => In(Circumstance::Who, Brings::Fresh),
        ("iam", "policyarn") => In(Circumstance::Boundary, Brings::Fresh),
        ("iam", "permissionsboundary") => In(Circumstance::Boundary, Brings::Either),
        (_, "resourcetag" | "existingobjecttag") => In(Circumstance::Tag, Brings::Nothing),
        _ if prefix.contains('.') => In(Circumstance::Who, Brings::Fresh),
        _ => In(Circumstance::Parameter, Brings::Fresh),
    }
}
