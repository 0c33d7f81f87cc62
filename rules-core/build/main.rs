//! Compiles the data of `data/` into tables that the library reads in place.

#![expect(clippy::disallowed_methods, reason = "the build reads and writes files so that the library need not")]

use std::env;
use std::error::Error;
use std::path::Path;

mod catalogue;
mod harm_classes;
mod paths;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let folder = env::var("OUT_DIR")?;
    let folder = Path::new(&folder);
    let actions = catalogue::compile(folder)?;
    paths::compile(folder, &actions)
}

#[expect(clippy::print_stdout, reason = "that is how cargo is answered")]
fn rerun_if_changed(file: &str) {
    println!("cargo::rerun-if-changed={file}");
}
