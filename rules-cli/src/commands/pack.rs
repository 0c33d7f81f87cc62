//! `pack`: the template of the conformance pack.

use conformance_pack::{ConformancePack, Deployment};

use crate::args::PackArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(args: &PackArgs) -> Result<Exit, CliError> {
    let deployment = if args.organization { Deployment::Organization } else { Deployment::Account };
    let template = ConformancePack::new(args.profile.into(), deployment)?.to_yaml()?;
    output::to(None, |out| out.write_all(template.as_bytes()))?;
    Ok(Exit::Clean)
}
