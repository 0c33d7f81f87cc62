//! Condition keys by what a test of them is worth.

use super::circumstance::Dimension;

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
    /// Whether AWS calls on somebody's behalf: known to be false.
    DirectCall,
    /// Any other key with a dimension.
    Dimension(Dimension, Brings),
}

/// The class of a key given in lower case.
pub(crate) fn classify(key: &str) -> KeyClass {
    use KeyClass::Dimension as In;
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
        | ("ec2", "sourceinstancearn") => In(Dimension::Network, Brings::Nothing),
        ("aws", "multifactorauthpresent" | "multifactorauthage") => In(Dimension::Mfa, Brings::Nothing),
        ("aws", "currenttime" | "epochtime") => KeyClass::Moment,
        ("aws", "tokenissuetime") => In(Dimension::Time, Brings::Either),
        ("aws", "viaawsservice" | "principalisawsservice") => KeyClass::DirectCall,
        (
            "aws",
            "calledvia" | "calledviafirst" | "calledvialast" | "principalservicename" | "principalservicenameslist",
        )
        | ("kms", "viaservice" | "grantisforawsresource") => In(Dimension::Service, Brings::Nothing),
        ("aws", "sourcearn" | "sourceaccount" | "sourceorgid" | "sourceorgpaths") => {
            In(Dimension::Service, Brings::Nothing)
        }
        ("aws", "principalorgid" | "principalorgpaths" | "resourceorgid" | "resourceorgpaths" | "resourceaccount")
        | ("s3" | "kms", "resourceaccount" | "calleraccount") => In(Dimension::Organization, Brings::Fresh),
        ("aws", "requestedregion") => In(Dimension::Region, Brings::Fresh),
        ("aws", _) if base.starts_with("principal") => In(Dimension::Who, Brings::Fresh),
        ("aws", "username" | "userid" | "sourceidentity" | "federatedprovider" | "assumedroot")
        | ("saml", _)
        | ("sts", "sourceidentity" | "externalid") => In(Dimension::Who, Brings::Fresh),
        ("iam", "policyarn") => In(Dimension::Boundary, Brings::Fresh),
        ("iam", "permissionsboundary") => In(Dimension::Boundary, Brings::Either),
        (_, "resourcetag" | "existingobjecttag") => In(Dimension::Tag, Brings::Nothing),
        _ if prefix.contains('.') => In(Dimension::Who, Brings::Fresh),
        _ => In(Dimension::Parameter, Brings::Fresh),
    }
}
