use super::*;

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_home_is_made_once_and_opened_again() {
    let dir = temporary();
    let root = dir.path().join("deep/home");
    assert!(matches!(Home::open(&root), Err(HomeError::None(_))));
    drop(Home::create(&root).unwrap());
    assert!(matches!(Home::create(&root), Err(HomeError::Exists(_))));
    let home = Home::open(&root).unwrap();
    assert_eq!(home.read_keystore().unwrap(), None);
    home.write_keystore(b"sealed").unwrap();
    home.write_keystore(b"sealed again").unwrap();
    assert_eq!(home.read_keystore().unwrap().unwrap(), b"sealed again");
}

#[test]
fn one_process_a_home() {
    let dir = temporary();
    let home = Home::create(dir.path()).unwrap();
    let refusal = Home::open(dir.path()).unwrap_err();
    assert!(matches!(refusal, HomeError::Locked(_)));
    assert!(refusal.to_string().starts_with("another ceiba is running on this home"));
    assert!(!lock::comes_free(&HomePaths::new(dir.path()), 2).unwrap());
    drop(home);
    assert!(Home::comes_free(dir.path()).unwrap());
    assert!(Home::open(dir.path()).is_ok(), "who looked does not hold it");
    assert!(Home::comes_free(&dir.path().join("nowhere")).unwrap());
}

#[test]
fn a_folder_with_other_things_is_refused() {
    let dir = temporary();
    fs::write(dir.path().join("thesis.odt"), "text").unwrap();
    assert!(matches!(Home::create(dir.path()), Err(HomeError::NotEmpty(_))));
    assert!(!dir.path().join("lock").exists());
}

#[test]
fn an_interrupted_making_can_be_made_again() {
    let dir = temporary();
    drop(Home::create(dir.path()).unwrap());
    fs::remove_file(dir.path().join("format")).unwrap();
    fs::write(dir.path().join("format.new"), "ceiba ho").unwrap();
    assert!(matches!(Home::open(dir.path()), Err(HomeError::None(_))));
    assert!(Home::create(dir.path()).is_ok());
}

#[test]
fn another_format_is_refused() {
    let dir = temporary();
    drop(Home::create(dir.path()).unwrap());
    let format = dir.path().join("format");
    fs::write(&format, "ceiba home 2\n").unwrap();
    assert!(matches!(Home::open(dir.path()), Err(HomeError::Newer { found: 2 })));
    for damaged in [b"ceiba home one".as_slice(), b"", b"\xff\xfe", &[0; 13], b"ceiba home 0\n"] {
        fs::write(&format, damaged).unwrap();
        assert!(matches!(Home::open(dir.path()), Err(HomeError::Format(_))), "{damaged:?}");
    }
    fs::write(&format, vec![b'x'; 100_000]).unwrap();
    assert!(matches!(Home::open(dir.path()), Err(HomeError::Format(_))));
}

#[cfg(unix)]
#[test]
fn only_the_owner_looks_in() {
    use std::os::unix::fs::PermissionsExt;

    let dir = temporary();
    let root = dir.path().join("home");
    let home = Home::create(&root).unwrap();
    home.write_keystore(b"sealed").unwrap();
    drop(home);
    fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
    let home = Home::open(&root).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&root), 0o700);
    assert_eq!(mode(&home.paths().journal()), 0o700);
    for file in [home.paths().keystore(), home.paths().format(), home.paths().lock()] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn wiping_leaves_nothing() {
    let dir = temporary();
    let home = Home::create(dir.path()).unwrap();
    home.write_keystore(b"sealed").unwrap();
    fs::write(home.paths().journal().join("00000001.seg"), "frames").unwrap();
    home.wipe().unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
