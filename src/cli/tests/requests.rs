//! Each command's words and the request that they become.

use std::collections::BTreeMap;

use super::{FakeNodes, run, run_with};
use crate::api::{
    Answer, Request,
    answer::Imported,
    import::{ImportRows, ListRow},
    request::IncidentFilter,
};

fn text(text: &str) -> String {
    text.to_owned()
}

#[expect(clippy::unnecessary_wraps, reason = "the fields that it fills are optional")]
fn some(given: &str) -> Option<String> {
    Some(text(given))
}

#[track_caller]
pub(super) fn becomes(line: &str, expected: &Request) {
    let ended = run(line);
    assert_eq!(ended.asked.as_slice(), std::slice::from_ref(expected), "{line}: {}", ended.err);
    assert_eq!(ended.code, 0, "{line}");
}

#[test]
fn of_the_node() {
    becomes("status", &Request::Status);
    becomes("--json status", &Request::Status);
    becomes("stop", &Request::Shutdown);
    becomes(
        "peer add /ip4/127.0.0.1/tcp/1",
        &Request::PeerAdd { address: text("/ip4/127.0.0.1/tcp/1") },
    );
    becomes("peer list", &Request::PeerList);
    becomes("sync", &Request::Sync { peer: None, timeout: 60 });
    becomes("sync Sur --timeout 2m", &Request::Sync { peer: some("Sur"), timeout: 120 });
}

#[test]
fn of_coalitions_and_circles() {
    becomes("coalition create C", &Request::CoalitionCreate { name: text("C") });
    becomes("coalition list", &Request::CoalitionList);
    let with = vec![text("A"), text("B")];
    let (name, coalition) = (text("K"), some("C"));
    becomes(
        "circle create K --with A --with B --coalition C",
        &Request::CircleCreate { name, with, coalition },
    );
    becomes("circle list", &Request::CircleList);
    becomes("circle add K A", &Request::CircleAdd { circle: text("K"), org: text("A") });
    becomes(
        "circle remove K A --dry-run",
        &Request::CircleRemove { circle: text("K"), org: text("A"), dry_run: true },
    );
    becomes("member list", &Request::MemberList { circle: None });
    becomes("member list --circle K", &Request::MemberList { circle: some("K") });
    becomes(
        "member remove A --dry-run",
        &Request::MemberRemove { org: text("A"), circle: None, dry_run: true },
    );
    becomes(
        "member remove A --circle C",
        &Request::MemberRemove { org: text("A"), circle: some("C"), dry_run: false },
    );
    becomes("member suspend A", &Request::MemberSuspend { org: text("A"), circle: None });
    becomes("member reinstate A", &Request::MemberReinstate { org: text("A"), circle: None });
}

#[test]
fn of_invites_and_decisions() {
    becomes(
        "invite create",
        &Request::InviteCreate { coalition: None, expires_in: 604_800, steward: false },
    );
    becomes(
        "invite create --expires 12h --steward --coalition C --no-qr",
        &Request::InviteCreate { coalition: some("C"), expires_in: 43_200, steward: true },
    );
    becomes("invite list", &Request::InviteList);
    becomes("invite revoke 91bb", &Request::InviteRevoke { invite: text("91bb") });
    becomes("join TICKET", &Request::Join { ticket: text("TICKET") });
    becomes("join TICKET --request-out r", &Request::JoinRequest { ticket: text("TICKET") });
    becomes("proposal list", &Request::ProposalList { all: false });
    becomes("proposal list --all", &Request::ProposalList { all: true });
    becomes("proposal show 3f9a", &Request::ProposalShow { proposal: text("3f9a") });
    becomes("proposal approve 3f9a", &Request::ProposalApprove { proposal: text("3f9a") });
}

#[test]
fn of_joining_from_standard_input_and_files() {
    let nodes = FakeNodes::answering(Ok(Answer::Done));
    let ended = run_with(&nodes, "TICKET\nWRAPPED\n", &["join", "-"]);
    assert_eq!(ended.asked, [Request::Join { ticket: text("TICKETWRAPPED") }]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "carried\n").unwrap();
    let file = file.display();
    becomes(&format!("join --answer {file}"), &Request::JoinComplete { answer: text("carried") });
    becomes(&format!("invite answer {file}"), &Request::InviteAnswer { request: text("carried") });
}

#[test]
fn of_incidents() {
    becomes(
        "incident list",
        &Request::IncidentList {
            filter: Box::new(IncidentFilter { limit: 50, ..IncidentFilter::default() }),
        },
    );
    let filter = IncidentFilter {
        text: some("cauca"),
        country: some("CO"),
        violation: some("killing"),
        from: some("2023"),
        to: some("2024"),
        circle: some("K"),
        org: some("A"),
        family: some("threat"),
        level: some("v2+"),
        sort: some("-date"),
        limit: 0,
        offset: 5,
        ..IncidentFilter::default()
    };
    becomes(
        "incident list --text cauca --country CO --violation killing --from 2023 --to 2024 \
         --circle K --org A --family threat --level v2+ --sort -date --limit 0 --offset 5",
        &Request::IncidentList { filter: Box::new(filter) },
    );
    becomes("incident show 5c1e", &Request::IncidentShow { incident: text("5c1e") });
    becomes(
        "incident edit 5c1e --set stated_level=v1_screened --set notes=a=b --unset place/point --circle K",
        &Request::IncidentEdit {
            incident: text("5c1e"),
            circle: some("K"),
            set: BTreeMap::from([
                (text("stated_level"), text("v1_screened")),
                (text("notes"), text("a=b")),
            ]),
            unset: vec![text("place/point")],
        },
    );
    becomes(
        "incident share 5c1e 77aa --circle K --tier restricted --dry-run",
        &Request::IncidentShare {
            incidents: vec![text("5c1e"), text("77aa")],
            all_own: false,
            circle: text("K"),
            tier: text("restricted"),
            dry_run: true,
            no_tokens: false,
        },
    );
    becomes(
        "incident share --all-own --circle K --tier coalition",
        &Request::IncidentShare {
            incidents: Vec::new(),
            all_own: true,
            circle: text("K"),
            tier: text("coalition"),
            dry_run: false,
            no_tokens: false,
        },
    );
}

#[test]
fn of_a_new_incident() {
    let ended =
        run("incident add --country CO --date 2024-05-03 --violation death_threat --summary text \
         --counting-unit individual --admin1 Cauca --place Vereda --point -2.5,-76.1 \
         --victim pseudonym=V-014,role=environmental --source type=victim \
         --consent informed_explicit --scope statistics --set stated_level=v1_screened");
    let [Request::IncidentAdd { fields }] = ended.asked.as_slice() else {
        panic!("{ended:?}");
    };
    let expected = [
        ("acts/1/victim", "1"),
        ("acts/1/violation", "death_threat"),
        ("consent/basis", "informed_explicit"),
        ("consent/scopes/statistics", "true"),
        ("counting_unit", "individual"),
        ("country", "CO"),
        ("date", "2024-05-03"),
        ("place/admin1", "Cauca"),
        ("place/name", "Vereda"),
        ("place/point", "-2.5,-76.1"),
        ("sources/1/type", "victim"),
        ("stated_level", "v1_screened"),
        ("summary", "text"),
        ("victims/1/pseudonym", "V-014"),
        ("victims/1/roles/environmental", "true"),
    ];
    let found: Vec<_> =
        fields.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
    assert_eq!(found, expected);
}

const MAPPING: &str = "mapping = 1\nname = \"t\"\n[row]\nkey = [\"a\"]\n";

#[test]
fn of_an_import() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = folder.path().join("mapping.toml");
    std::fs::write(&mapping, MAPPING).unwrap();
    let mapping = mapping.to_str().unwrap();
    let row = |line: u64, a: &str, b: &str| ListRow {
        line,
        last_line: line,
        cells: vec![text(a), text(b)],
    };
    for words in [&["import"][..], &["incident", "import"]] {
        let nodes = FakeNodes::answering(Ok(Answer::Imported(Imported::default())));
        let words = [words, &["-", "--mapping", mapping, "--dry-run"]].concat();
        let ended = run_with(&nodes, "a,b\n1,2\n3,4\n", &words);
        let rows = ImportRows {
            mapping: text(MAPPING.trim_end()),
            header: vec![text("a"), text("b")],
            rows: vec![row(2, "1", "2"), row(3, "3", "4")],
            dry_run: true,
            changes: true,
        };
        assert_eq!(
            (ended.code, ended.asked),
            (0, vec![Request::ImportRows(rows)]),
            "{}",
            ended.err
        );
    }
}

#[test]
fn of_an_import_that_lacks_something() {
    let nodes = FakeNodes::answering(Ok(Answer::Imported(Imported::default())));
    let ended = run_with(&nodes, "a,b\n1,2\n", &["import", "-"]);
    assert_eq!((ended.code, ended.asked.len()), (2, 0));
    assert!(ended.err.contains("suggest"), "{}", ended.err);
    let ended = run_with(&nodes, "a,b\n1,2\n", &["import", "/no/such/file", "--mapping", "t"]);
    assert_eq!((ended.code, ended.asked.len()), (3, 0), "{}", ended.err);
    assert_eq!(run_with(&nodes, "", &["import"]).code, 2);
}

#[test]
fn of_mappings() {
    let show = || Request::MappingShow { name: text("ours") };
    becomes("import mapping list", &Request::MappingList);
    becomes("import mapping show ours", &show());
    becomes("import mapping remove ours", &Request::MappingRemove { name: text("ours") });
    let nodes = FakeNodes::answering(Ok(Answer::Done));
    let ended = run_with(&nodes, "x = 1\n", &["import", "mapping", "save", "ours", "-"]);
    let saved = Request::MappingSave { name: text("ours"), text: text("x = 1") };
    assert_eq!(ended.asked, [saved]);
    let nodes = FakeNodes::answering(Ok(Answer::Done));
    let words = ["import", "mapping", "suggest", "-"];
    let ended = run_with(&nodes, "id;fecha\n1;2024\n", &words);
    assert!(
        ended.asked.is_empty() && ended.out.contains("to = \"date\"\nfrom = \"fecha\""),
        "{}",
        ended.out
    );
}

#[test]
fn of_conflicts() {
    becomes("conflicts", &Request::Conflicts);
    becomes("conflicts list", &Request::Conflicts);
    becomes(
        "conflicts settle 5c1e date 2 --circle K",
        &Request::Settle {
            incident: text("5c1e"),
            path: text("date"),
            choice: text("2"),
            circle: some("K"),
        },
    );
}

#[test]
fn nonsense_asks_nothing() {
    for line in [
        "incident share --circle K --tier coalition",
        "incident share 5c1e --all-own --circle K --tier coalition",
        "incident share 5c1e --circle K --tier everything",
        "incident edit 5c1e",
        "incident edit 5c1e --set a=1 --unset a",
        "incident add --country CO",
        "join",
        "join T --answer f",
        "join --request-out f",
        "invite create --expires soon",
        "circle create K",
        "sync --timeout 0s",
        "status --passphrase-file f --passphrase-fd 3",
        "proposal",
        "unknown",
    ] {
        let ended = run(line);
        assert_eq!((ended.code, ended.asked.len()), (2, 0), "{line}: {}", ended.err);
        assert!(!ended.err.is_empty() && ended.out.is_empty(), "{line}");
    }
}

#[test]
fn of_reviews() {
    use crate::api::request::NewReview;
    let review = NewReview {
        incidents: vec![text("5c1e"), text("99b1")],
        level: some("v3"),
        reason: text("Agree"),
        reviewer_code: text("R-7"),
        sources: vec![text("1"), text("3")],
        grounds: some("Why"),
        circle: some("K"),
        ..NewReview::default()
    };
    becomes(
        "review add 5c1e 99b1 --to v3 --reason Agree --as R-7 --source 1 --source 3 --grounds Why --circle K",
        &Request::ReviewAdd { review: Box::new(review) },
    );
    let stated = NewReview {
        all_own: true,
        where_stated: true,
        reason: text("Archive"),
        reviewer_code: text("R-7"),
        ..NewReview::default()
    };
    becomes(
        "review add --all-own --where-stated --reason Archive --as R-7",
        &Request::ReviewAdd { review: Box::new(stated) },
    );
    let (incident, circle) = (text("5c1e"), some("K"));
    becomes(
        "review list 5c1e --circle K",
        &Request::ReviewList { incident: incident.clone(), circle },
    );
    becomes("review checklist 5c1e", &Request::ReviewChecklist { incident, circle: None });
    for line in [
        "review add 5c1e --reason R --as A",
        "review add --to v1 --reason R --as A",
        "review add 5c1e --all-own --to v1 --reason R --as A",
        "review add 5c1e --to v1 --reason R",
    ] {
        assert_eq!(run(line).code, 2, "{line}");
    }
}

#[test]
fn of_consents() {
    use crate::api::request::NewConsent;
    let consent = NewConsent {
        incident: text("5c1e"),
        victim: some("1"),
        basis: some("guardian"),
        scopes: vec![text("statistics"), text("store")],
        expires: some("2027-01-01"),
        explained_risks: true,
        ..NewConsent::default()
    };
    becomes(
        "consent record 5c1e --victim 1 --basis guardian --scope statistics --scope store --expires 2027-01-01 --explained-risks",
        &Request::ConsentRecord { consent: Box::new(consent) },
    );
    let link = NewConsent { incident: text("5c1e"), person: some("4e0f"), ..NewConsent::default() };
    becomes(
        "consent record 5c1e --community --person 4e0f",
        &Request::ConsentRecord { consent: Box::new(link) },
    );
    becomes(
        "consent withdraw 5c1e/1 --date 2026-11-01",
        &Request::ConsentWithdraw { whose: text("5c1e/1"), date: some("2026-11-01") },
    );
    becomes(
        "consent list --subject 4e0f --expiring 30",
        &Request::ConsentList { subject: some("4e0f"), expiring: Some(30) },
    );
    for line in ["consent record 5c1e --basis guardian", "consent record 5c1e --victim 1"] {
        assert_eq!(run(line).code, 2, "{line}");
    }
}
