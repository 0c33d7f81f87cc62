//! debugging
fn main() {
    use rules_core::*;
    use permissions::{AdminDefinition, PrincipalPermissions, SecondFactor as S};
    let a: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&a[1]).unwrap();
    let only: Option<u64> = a.get(2).map(|x| x.parse().unwrap());
    let mut counts = std::collections::BTreeMap::new();
    let (mut told, mut tnew) = (std::time::Duration::ZERO, std::time::Duration::ZERO);
    for line in text.lines() {
        let v: serde_json::Value = serde_json::from_str(line).unwrap();
        if only.is_some_and(|o| v["seed"] != o) { continue; }
        let details = iam::AuthorizationDetails::parse(&v["details"].to_string()).unwrap();
        let as_of: Timestamp = "2026-08-22T00:00:00Z".parse().unwrap();
        let mut facts = facts::Facts::unread("111122223333".parse().unwrap(), as_of);
        facts.authorization_details = Fact::Known(details);
        facts.credential_report = Fact::Known(iam::CredentialReport::parse(v["report"].as_str().unwrap().as_bytes(), None, as_of).unwrap());
        let t = std::time::Instant::now();
        let old = escalation::Escalations::new(&facts).unwrap();
        told += t.elapsed();
        let t = std::time::Instant::now();
        let new = reach::Reach::new(&facts).unwrap();
        tnew += t.elapsed();
        let d = facts.authorization_details.get().unwrap();
        for arn in d.users.iter().map(|u| &u.identity.arn).chain(d.roles.iter().map(|r| &r.identity.arn)) {
            for f in [S::Unknown, S::Never, S::Given] {
                let t = std::time::Instant::now();
                let o = old.of(arn, f).unwrap();
                told += t.elapsed();
                let t = std::time::Instant::now();
                let n = new.of(arn, f).unwrap();
                tnew += t.elapsed();
                let admin = new.permissions(arn).unwrap().administrator(AdminDefinition::Effective, f);
                let k = |e: &Option<bool>| match e { None => "no", Some(true) => "certain", Some(false) => "perhaps" };
                let (ok, nk) = (k(&o.as_ref().map(|e| e.proven)), k(&n.as_ref().map(|e| e.proven)));
                let ak = match &admin { None => "", Some(w) if w.proven => "admin", Some(_) => "admin?" };
                *counts.entry((ok, nk, ak)).or_insert(0) += 1;
                if only.is_some() || (ok != nk && ak == "") {
                    println!("{} {arn} {f:?} old={ok} new={nk} {ak}", v["seed"]);
                    if only.is_some() {
                        if let Some(e) = o { println!("  OLD missing {:?}", e.missing); for s in &e.steps { println!("     {} {:?} {}", s.path, s.actions, s.target); } println!("     {:?}", e.witness); }
                        if let Some(e) = n { println!("  NEW missing {:?}", e.missing); for s in &e.steps { println!("     {} by {} {:?} {:?} {:?}", s.in_words(), s.by.name, s.actions.iter().map(|x| (x.action, &x.resource, &x.keys)).collect::<Vec<_>>(), s.conditions, s.missing); } println!("     {:?}", e.witness); }
                    }
                }
            }
        }
    }
    eprintln!("{counts:#?} old {told:?} new {tnew:?}");
}
