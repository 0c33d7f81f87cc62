//! debugging
fn main() {
    use rules_core::*;
    let a: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(format!("{}/account-authorization-details.json", a[1])).unwrap();
    let details = iam::AuthorizationDetails::parse(&text).unwrap();
    let as_of: Timestamp = "2026-08-22T00:00:00Z".parse().unwrap();
    let mut facts = facts::Facts::unread(details.account().unwrap(), as_of);
    facts.authorization_details = Fact::Known(details);
    if let Ok(b) = std::fs::read(format!("{}/credential-report.csv", a[1])) { facts.credential_report = Fact::Known(iam::CredentialReport::parse(&b, None, as_of).unwrap()); }
    let t = std::time::Instant::now();
    let reach = reach::Reach::new(&facts).unwrap();
    eprintln!("{:?}", t.elapsed());
    let d = facts.authorization_details.get().unwrap();
    for arn in d.users.iter().map(|u| &u.identity.arn).chain(d.roles.iter().map(|r| &r.identity.arn)) {
        for f in [permissions::SecondFactor::Unknown, permissions::SecondFactor::Never, permissions::SecondFactor::Given] {
            match reach.of(arn, f) { Ok(Some(e)) => { if a.len() > 2 { println!("{arn} {f:?} proven={} {:?}", e.proven, e.missing); for s in &e.steps { println!("    {} by {}: {:?}", s.in_words(), s.by.name, s.actions.iter().map(|x| (x.action, &x.resource, &x.keys)).collect::<Vec<_>>()); } println!("    end {:?}", e.witness); } }, x => if a.len() > 2 { println!("{arn} {f:?} {x:?}") } }
        }
    }
    eprintln!("{:?}", t.elapsed());
}
