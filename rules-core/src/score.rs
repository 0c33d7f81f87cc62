//! The least-privilege score: how much a policy allows, from 0 (everything) to 100 (nothing).
//!
//! The score is defined by what policies *allow*, never by how they are written: see `docs/score.md`. A policy flows
//! through four folders, each of which depends on those before it only:
//!
//! ```text
//! PolicyDocument
//!       │
//!    compile     each statement: its actions, its resources, and the circumstances in which it applies
//!       │
//!    resource    how much of a resource type its patterns match, where Denies and other layers narrow them too
//!       │
//!    exposure    what each policy exposes of each action; several policies together; escalation; the sum
//!       │
//!     report     the points by cause, fixes, lints
//!       │
//! LeastPrivilegeScore
//! ```
//!
//! `definition` holds every constant; `share`, `amount` and `points` the arithmetic, which is fixed-point and so the same
//! on every platform; `indexed` lists whose places cannot be confused. [`score()`], [`score_layers`] and [`LimitedScorer`]
//! score documents to whomever they are attached; [`PrincipalScorer`] scores principals of whom something is known, and
//! remembers what they share. `policy_set` is what all of them come to.
//!
//! # Vocabulary
//!
//! - A *circumstance* (`compile/circumstance`) is what an attacker needs besides the policy: MFA, a network, a tag. Conditions
//!   are evaluated for one generic attacker who has none of them. An Allow *needs* the circumstances of its tests that fail
//!   there; a Deny whose tests hold there applies *unless any* of theirs cooperates.
//! - The *extent* to which a variable of an ARN template is matched (`resource/extents`) is any value, some, or one. The
//!   extents of all variables, and the *share* of the resource type that they leave on a *scale*, are a *breadth*. There are
//!   two scales: of the sum of all actions, and of the kinds of harm.
//! - A *constraint* (`resource/constraint`) is lists of patterns of which a resource has to match one each, and patterns of
//!   which it may match none. Among the resources of one template it is a *problem*; where patterns have to be compared
//!   letter by letter, a *search* finds a *witness*, a resource that satisfies all of them.
//! - The *guardrails* of an action (`exposure/guardrails`) are the Denies that are about it and the Allows of every layer that
//!   has to allow too, such as a boundary. Actions with the same guardrails share a *guardrail set*.
//! - The *scope* of an Allow (`exposure/scope`) is what it gives access to: some resources, in some circumstances.
//! - An action is *exposed* to a share: the mean over the resource types that count for it (`exposure/action_types`). What one
//!   Allow exposes on every resource without guardrails is kept as a set (`exposure/policy`), the rest in a *table*.
//! - A kind of *harm* (`harm`) is what actions can be abused for, alone as *members* of a class or together as *links* of a path
//!   of escalation (`exposure/harm_model`). Each *term* of the definition counts one or several kinds once, by the widest way.
//! - A *contribution* (`exposure/combined`) is what one of several policies exposes, with guardrails or without. Of each
//!   action the contribution counts that exposes it furthest.
//! - A *requester* (`compile/requester`) is whom a policy lets in that is attached to a resource or role.
//! - A *loss* (`report/losses`) is the points that one cause costs; a *fix* is a change that makes it smaller.
//!
//! # A policy on its way
//!
//! ```json
//! {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::app-*",
//!  "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}
//! ```
//!
//! 1. *compile*: the statement is about one action of the catalogue. The generic attacker comes through no VPC endpoint, so
//!    the test fails and the Allow needs the circumstance "network".
//! 2. *exposure* asks how far the Allow exposes the type that counts for `s3:GetObject`, the object. There are no
//!    guardrails, so the only constraint is that the pattern matches.
//! 3. *resource*: in `arn:${Partition}:s3:::${BucketName}/${ObjectName}` the pattern matches some buckets, and any object in
//!    them: 0.6 of the type on the scale of the sum, 0.17 on that of harm. In the circumstance "network" 0.85 of that is left.
//! 4. *exposure*: in the sum the action weighs 0.4 as one that reads, so 0.204 units of privilege are exposed. It is a member
//!    of the class "data", which weighs 3,000: 3,000 · 0.1445^3.75 = 2.12 units more. log2(1 + 2.33) = 1.735 of 17 halvings
//!    are lost: the score is 89.8.
//! 5. *report*: 9.3 points are lost to the harm and 0.9 to the action itself, both in the scope "s3/object: some BucketName,
//!    any ObjectName, by condition on network". Naming one bucket and one object would leave 99.7: the fix.

mod amount;
mod attached_scorer;
mod compile;
mod definition;
mod document_scorer;
mod exposure;
mod harm;
mod indexed;
mod points;
mod policy_set;
mod principal_scorer;
mod reached;
mod report;
mod resource;
mod second_use;
mod share;
mod sum;
#[cfg(test)]
mod tests;

pub use attached_scorer::score_attached;
pub use definition::{ScoreVersion, UnknownScoreVersion};
pub use document_scorer::{LimitedScorer, score, score_layers, score_of_type};
pub use harm::Harm;
pub use points::{Grade, Score};
pub use policy_set::LeastPrivilegeScore;
pub use principal_scorer::{PrincipalScore, PrincipalScorer, score_principal};
pub use reached::ReachedAdministrator;
pub use report::fix::Fix;
pub use report::lints::{Lint, LintCode};
pub use report::losses::Loss;

/// The date of the catalogue of actions that scores are made with, `YYYY-MM-DD`.
pub const CATALOGUE_DATE: &str = crate::catalogue::DATE;

/// The version of the score's definition: constants, classes and treatment. Scores of different versions do not compare.
pub const SCORE_VERSION: u32 = ScoreVersion::V2.number();
