use std::{
    fs::{self, File},
    io,
};

use super::*;
use crate::{
    api::board_views::{BoardDate, BoardItem},
    exchange::out::archive::check_archive,
    model::{
        board::CardKind,
        id::{CardId, CircleId},
        registry::{RecordKind, Schema, Tier},
        vocabulary::Language,
    },
};

fn worked() -> Board {
    let org = OrgId::new([1; 32]);
    let mut record = Record::new(Schema::of(RecordKind::Card(CardKind::Action)));
    for (path, text) in [("title", "=Write"), ("owner", &org.to_string()), ("priority", "high")] {
        record.set(path.parse().unwrap(), text).unwrap();
    }
    let card = BoardCard {
        card: CardId::new([7; 16]),
        kind: "action".to_owned(),
        circle: CircleId::new([2; 32]),
        origin: org,
        owner: org,
        state: "agreed".to_owned(),
        record,
        withheld: true,
        items: vec![BoardItem {
            item: CardId::new([8; 16]),
            text: "Print".to_owned(),
            done: true,
            assignee: None,
            due: None,
        }],
        dates: vec![BoardDate {
            first: "2026-12-01".to_owned(),
            last: "2026-12-01".to_owned(),
            moment: "due".to_owned(),
            entry: String::new(),
            text: String::new(),
        }],
    };
    let head = BoardCards {
        tier: Tier::Coalition,
        as_of: "2026-11-23".to_owned(),
        org,
        org_name: "Casa Norte".to_owned(),
        circle: None,
        circle_name: None,
        vocabulary: 3,
        names: BTreeMap::from([(org, "Casa Norte".to_owned())]),
        cards: Vec::new(),
        total: 1,
    };
    Board { head, cards: vec![card] }
}

fn text(files: &Files, name: &str) -> String {
    String::from_utf8(files[name].clone()).unwrap()
}

#[test]
fn every_format_has_the_card_in_words() {
    let (board, tongue) = (worked(), Tongue::new(Language::English));
    let found = text(&markdown(&board, tongue), "action.md");
    // What would run as a formula in a spreadsheet it is pasted into does not begin the line.
    let heading = found.lines().find(|line| line.starts_with("## ")).unwrap();
    assert!(heading.ends_with("=Write") && found.contains("Casa Norte"), "{found}");
    assert!(found.contains("- [x] Print"));
    let found = text(&csv(&board, tongue).unwrap(), "action.csv");
    assert!(found.contains("'=Write") && found.contains(",agreed,"), "{found}");
    let found = text(&ics(&board, tongue), "board.ics");
    let uid = format!("UID:{}-due@ceiba", CardId::new([7; 16]));
    assert!(found.contains(&uid) && found.contains("DTSTART;VALUE=DATE:20261201"), "{found}");
}

#[test]
fn what_was_written_is_said_in_cards_and_entries_and_not_in_incidents() {
    let (board, tongue) = (worked(), Tongue::new(Language::English));
    let count = OfBoard { cards: 1, entries: Some(entries(&board, tongue).len()) };
    let exported = Exported {
        about: About::new("board-ics", &plan(&board.head)),
        path: Some("calendar".to_owned()),
        beside: Vec::new(),
        reasons: BTreeMap::new(),
        board: Some(count),
    };
    let told = render::exported(&exported, tongue);
    assert!(!told.contains("Incidents"), "{told}");
    let line = |word: &str| told.lines().find(|line| line.starts_with(word)).unwrap().to_owned();
    assert!(line("Cards ").ends_with(" 1") && line("Entries").ends_with(" 1"), "{told}");
}

#[test]
fn an_archive_holds_by_its_own_check_and_replaces_nothing_but_an_export() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("board");
    let board = worked();
    let mut about = About::new("board-archive", &plan(&board.head));
    let files = archive(&board, &mut about).unwrap();
    about.files.push(digest_of(README, &files[README]));
    write_folder(&out, &files, &about).unwrap();
    let check = || {
        let names = fs::read_dir(&out).unwrap();
        let names = names.map(|it| it.unwrap().file_name().to_string_lossy().into_owned());
        check_archive(&names.collect(), &mut |name| {
            Ok(Box::new(File::open(out.join(name))?) as Box<dyn io::Read>)
        })
        .unwrap()
    };
    let checked = check();
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    assert_eq!(checked.records.get("card_action.jsonl"), Some(&1));
    assert_eq!(checked.records.get("items.jsonl"), Some(&1));
    // Again only with force, and then whole.
    assert!(may_write(&out, false).is_err() && may_write(&out, true).is_ok());
    write_folder(&out, &files, &about).unwrap();
    assert!(check().problems.is_empty());
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "nothing is left beside it");
    // A folder of somebody's own is never replaced.
    let other = place.path().join("photos");
    fs::create_dir(&other).unwrap();
    assert!(may_write(&other, true).is_err());
    fs::write(out.join("action.md"), "changed").unwrap();
    assert!(!check().problems.is_empty());
}
