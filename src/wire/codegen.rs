//! Keeps `src/wire/generated/` what `proto/` says: `UPDATE=1 cargo test codegen` rewrites it.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

/// Packages whose messages hold secrets: they get no `Debug`, and are wiped when dropped.
const SECRET_PACKAGES: [&str; 1] = [".ceiba.keystore.v1"];
const WIPED: &str = "#[derive(::zeroize::Zeroize, ::zeroize::ZeroizeOnDrop)]";

#[test]
fn codegen_is_up_to_date() {
    let folder = root().join("src/wire/generated");
    let wanted = generate();
    if env::var_os("UPDATE").is_some() {
        write(&folder, &wanted);
    }
    let found = read(&folder);
    let names: Vec<_> = found.keys().collect();
    assert_eq!(names, wanted.keys().collect::<Vec<_>>(), "run `UPDATE=1 cargo test codegen`");
    for (name, code) in &wanted {
        let same = found.get(name) == Some(code);
        assert!(same, "{name} is out of date: run `UPDATE=1 cargo test codegen`");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// File name and code for each .proto file.
fn generate() -> BTreeMap<String, String> {
    let packages = packages();
    packages.iter().map(|package| generate_one(package, &packages)).collect()
}

/// Names of the .proto files, without the ending.
fn packages() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join("proto"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "proto"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn generate_one(package: &str, all: &[String]) -> (String, String) {
    let descriptors =
        protox::compile([format!("{package}.proto")], [root().join("proto")]).unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut config = prost_build::Config::new();
    config.out_dir(out.path()).skip_debug(SECRET_PACKAGES);
    for secret in SECRET_PACKAGES {
        config.message_attribute(secret, WIPED);
    }
    // Modules are flat here, not nested as the packages are.
    for other in all.iter().filter(|other| *other != package) {
        config.extern_path(format!(".ceiba.{other}.v1"), format!("crate::wire::{other}"));
    }
    config.compile_fds(descriptors).unwrap();
    let name = format!("ceiba.{package}.v1.rs");
    let code = fs::read_to_string(out.path().join(&name)).unwrap();
    (name, code)
}

fn read(folder: &Path) -> BTreeMap<String, String> {
    let paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn write(folder: &Path, files: &BTreeMap<String, String>) {
    fs::remove_dir_all(folder).unwrap();
    fs::create_dir_all(folder).unwrap();
    for (name, code) in files {
        fs::write(folder.join(name), code).unwrap();
    }
}
