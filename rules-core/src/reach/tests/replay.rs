//! Takes the steps that the engine returns, one after the other, in a plain model of the account.
//!
//! Each request of a step is decided with the policies as the steps before have left them, and the step changes the model as
//! the API would. After the last step, a principal in control has to be an administrator. Only what the engine returns, the
//! parsed account and the decision function are used.
//!
//! A step says which group users join or leave, not which users: each choice is tried. The engine returns an order in which
//! the steps can be taken for some choice of what each principal keeps, so where that order does not work literally,
//! another order of the same steps has to. In rare escalations a step needs a policy that an earlier step has taken away or
//! replaced; they are told apart.

mod effect;
mod model;

use crate::arn::Arn;
use crate::escalation::{Escalation, EscalationStep, StepEffect};
use crate::facts::Facts;
use crate::permissions::RequestMfa;

use model::{Mfa, Model};

/// How the steps of an escalation lead to an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    AsReturned,
    Another,
    /// As returned, if what a step takes away is there again when a later step asks for it.
    PutBack,
    /// The escalation has more steps than are returned.
    Cut,
}

/// After this many steps in all orders, the search for another order ends.
const MAX_TRIED: usize = 20_000;

/// Takes the steps of an escalation of a principal.
///
/// # Errors
/// The first step that cannot be taken, and why.
pub(crate) fn replay(facts: &Facts, start: &Arn, mfa: RequestMfa, escalation: &Escalation) -> Result<Order, String> {
    if escalation.further > 0 {
        return Ok(Order::Cut);
    }
    let mut model = Model::of(facts);
    model.control(start.as_str(), Mfa::from(mfa));
    let mut search = Search { escalation, tried: 0, furthest: (0, String::new()) };
    if search.in_order(&model, &mut Vec::new(), 0) {
        return Ok(Order::AsReturned);
    }
    let (step, why) = search.furthest.clone();
    if search.in_any_order(&model, &mut vec![false; escalation.steps.len()]) {
        return Ok(Order::Another);
    }
    if search.in_order(&model, &mut vec![model.clone()], 0) {
        return Ok(Order::PutBack);
    }
    Err(format!("step {step}: {why}"))
}

struct Search<'e> {
    escalation: &'e Escalation,
    tried: usize,
    furthest: (usize, String),
}

impl Search<'_> {
    /// With models of the account before, what they had may be put back for a step.
    fn in_order<'a>(&mut self, model: &Model<'a>, before: &mut Vec<Model<'a>>, next: usize) -> bool {
        let Some(step) = self.escalation.steps.get(next) else {
            let is_put_back = |it: &Model<'_>| model.put_back(it).iter().any(|model| self.has_arrived(model));
            let arrived = self.has_arrived(model) || before.iter().any(is_put_back);
            if !arrived {
                self.furthest = (next, format!("no administrator among {:?}", model.in_control()));
            }
            return arrived;
        };
        match model.after(step, before) {
            Ok(models) => models.iter().any(|model| {
                let is_put_back = !before.is_empty();
                before.extend(is_put_back.then(|| model.clone()));
                let arrived = self.in_order(model, before, next + 1);
                before.truncate(before.len() - usize::from(is_put_back));
                arrived
            }),
            Err(why) => {
                if next >= self.furthest.0 {
                    self.furthest = (next, why);
                }
                false
            }
        }
    }

    fn in_any_order(&mut self, model: &Model<'_>, taken: &mut [bool]) -> bool {
        if taken.iter().all(|taken| *taken) {
            return self.has_arrived(model);
        }
        for next in 0..taken.len() {
            if taken[next] || self.tried > MAX_TRIED {
                continue;
            }
            self.tried += 1;
            taken[next] = true;
            let step: &EscalationStep = &self.escalation.steps[next];
            let arrived =
                model.after(step, &[]).is_ok_and(|models| models.iter().any(|model| self.in_any_order(model, taken)));
            taken[next] = false;
            if arrived {
                return true;
            }
        }
        false
    }

    /// Whether a principal in control is an administrator, or the last step may make it anything.
    fn has_arrived(&self, model: &Model<'_>) -> bool {
        let may_be_anything = self.escalation.steps.iter().any(|step| step.effect == StepEffect::Anything);
        (may_be_anything && !self.escalation.proven) || model.has_administrator(self.escalation.proven)
    }
}
