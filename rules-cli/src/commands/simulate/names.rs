//! Unknown names in requests, which are mostly typing errors.

use std::cmp::Ordering;
use std::collections::HashSet;

use rules_core::Arn;
use rules_core::catalogue;
use rules_core::text::visible;

use crate::output::diagnostics;
use crate::suggest;

/// A name that AWS does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum StrangeName {
    #[error("no AWS service has the prefix `{}`{hint}", visible(.name, 60))]
    Service { name: String, hint: String },
    #[error("`{}` is not an action of AWS{hint}", visible(.name, 100))]
    Action { name: String, hint: String },
    #[error("resource `{}` is neither an ARN nor `*`", visible(.0, 100))]
    Resource(String),
}

/// The maximum number of names that are reported.
const TOLD: usize = 20;

/// Checks the names of requests, and reports each unknown or invalid name once.
pub(super) struct Names {
    strict: bool,
    seen: HashSet<String>,
    told: usize,
}

impl Names {
    /// Strange names are errors if they are asked to be.
    pub(super) fn new(strict: bool) -> Self {
        Self { strict, seen: HashSet::new(), told: 0 }
    }

    /// Reports unknown or invalid names of a request, or refuses the request.
    pub(super) fn check(&mut self, action: &str, resource: &str) -> Result<(), StrangeName> {
        let action = self.first_time(action, strange_action);
        let resource = if is_sound(resource) { None } else { self.first_time(resource, strange_resource) };
        for strange in action.into_iter().chain(resource) {
            if self.strict {
                return Err(strange);
            }
            match self.told.cmp(&TOLD) {
                Ordering::Less => diagnostics::note(&strange),
                Ordering::Equal => diagnostics::note(&"more names are unknown or invalid: --strict refuses them"),
                Ordering::Greater => continue,
            }
            self.told += 1;
        }
        Ok(())
    }

    /// Nothing is looked up twice: the requests of a file are about the same few actions.
    fn first_time(&mut self, name: &str, strange: impl Fn(&str) -> Option<StrangeName>) -> Option<StrangeName> {
        /// Names that do not exist must not fill the memory.
        const MOST: usize = 1 << 15;
        if !self.strict && self.seen.contains(name) {
            return None;
        }
        if self.seen.len() < MOST {
            self.seen.insert(name.to_owned());
        }
        strange(name)
    }
}

fn strange_action(action: &str) -> Option<StrangeName> {
    let (prefix, name) = action.split_once(':')?;
    let Some(service) = catalogue::service(prefix) else {
        let hint = suggest::in_words(prefix, catalogue::services().map(|service| service.prefix()));
        return Some(StrangeName::Service { name: prefix.to_owned(), hint });
    };
    if catalogue::action(prefix, name).is_some() {
        return None;
    }
    let hint = suggest::nearest(name, service.actions().map(|action| action.name()));
    let hint = hint.map_or_else(String::new, |name| format!(", did you mean `{}:{name}`?", service.prefix()));
    Some(StrangeName::Action { name: action.to_owned(), hint })
}

fn is_sound(resource: &str) -> bool {
    resource == "*" || resource.parse::<Arn>().is_ok()
}

fn strange_resource(resource: &str) -> Option<StrangeName> {
    (!is_sound(resource)).then(|| StrangeName::Resource(resource.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Names, strange_action, strange_resource};

    fn told(action: &str, resource: &str) -> Vec<String> {
        strange_action(action).iter().chain(&strange_resource(resource)).map(ToString::to_string).collect()
    }

    #[test]
    fn slips_are_named_with_what_was_meant() {
        assert_eq!(told("S3:getobject", "*"), Vec::<String>::new());
        assert_eq!(told("s3:GetObjet", "*"), ["`s3:GetObjet` is not an action of AWS, did you mean `s3:GetObject`?"]);
        assert_eq!(told("lamda:Invoke", "*"), ["no AWS service has the prefix `lamda`, did you mean `lambda`?"]);
        assert_eq!(told("s3:GetObject", "bucket/key"), ["resource `bucket/key` is neither an ARN nor `*`"]);
        let mut strict = Names::new(true);
        assert!(strict.check("s3:GetObject", "arn:aws:s3:::b/k").is_ok());
        for _ in 0..2 {
            assert!(strict.check("s3:GetObjet", "*").is_err());
            assert!(strict.check("s3:GetObject", "b").is_err());
        }
    }
}
