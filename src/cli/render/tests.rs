//! What people read, with small sample answers.

use std::collections::BTreeMap;

use serde_json::json;

use super::{WIDTH, answer, qr_code};
use crate::{
    api::{
        Answer,
        answer::{
            Circle, CircleKind, Conflict, ConflictValue, Facet, Field, Imported, Incident,
            IncidentRow, Incidents, Invite, InviteState, Joined, Member, Peer, Proposal,
            ProposalState, Removal, RowNote, Shared, SharedIncident, Standing, Status, Synced,
            Withheld,
        },
    },
    cli::tongue::Tongue,
    model::{
        id::{CircleId, DeviceId, IncidentId, InviteId, OrgId, StatementId},
        time::Timestamp,
    },
};

fn shown(value: &Answer) -> String {
    let text = answer(value, Tongue::default());
    for line in text.lines() {
        assert!(line.chars().count() <= WIDTH, "{line}");
        assert_eq!(line, line.trim_end());
    }
    assert!(text.ends_with('\n'));
    text
}

#[expect(clippy::unnecessary_wraps, reason = "the fields that it fills are optional")]
fn name(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn member(number: u8, name_of: Option<&str>, own: bool) -> Member {
    Member {
        org: OrgId::new([number; 32]),
        name: name_of.map(str::to_owned),
        standing: if own { Standing::Steward } else { Standing::Member },
        own,
        devices: vec![DeviceId::new([number; 32])],
        notes: Vec::new(),
    }
}

fn circle() -> Circle {
    Circle {
        id: CircleId::new([0xc1; 32]),
        name: name("Defensa"),
        kind: CircleKind::Coalition,
        parent: None,
        members: vec![member(1, Some("Red Amazonía"), true), member(2, None, false)],
        approvals_needed: 1,
        decisions: 2,
        epochs: 1,
        entries: 415,
        waiting_for_key: 3,
        quarantined: 0,
        standing: Standing::Steward,
    }
}

fn row() -> IncidentRow {
    IncidentRow {
        id: IncidentId::new([0x5c; 16]),
        title: "Death threat, Cauca, 2024-05".to_owned(),
        date: "2024-05".to_owned(),
        country: "CO".to_owned(),
        admin1: name("CO-CAU"),
        violations: vec!["death_threat".to_owned()],
        victims: 2,
        level: "v1_screened".to_owned(),
        origin: OrgId::new([1; 32]),
        origin_name: name("Red Amazonía"),
        reading: "coalition".to_owned(),
        circles: vec![CircleId::new([0xc1; 32])],
        conflicts: 1,
    }
}

fn conflict() -> Conflict {
    let value = |number, value: &str, org: Option<u8>| ConflictValue {
        number,
        value: json!(value),
        org: org.map(|org| OrgId::new([org; 32])),
        org_name: org.and_then(|_| name("Red Sur")),
    };
    Conflict {
        incident: IncidentId::new([0x5c; 16]),
        title: "Death threat, Cauca, 2024-05".to_owned(),
        circle: CircleId::new([0xc1; 32]),
        circle_name: name("Defensa"),
        path: "max_tier".to_owned(),
        ruling: json!("restricted"),
        rule: "most-protective".to_owned(),
        values: vec![value(1, "restricted", Some(2)), value(2, "public", None)],
    }
}

#[test]
fn circles_and_members() {
    assert_eq!(
        shown(&Answer::Circles(vec![circle()])),
        "\
Id        Name     Kind       We are   Members  In  Entries
c1c1c1c1  Defensa  coalition  steward        2      415, 3 wait for a key
"
    );
    assert_eq!(
        shown(&Answer::Members(circle().members)),
        "\
Organisation            Standing  Devices  Id                      Remarks
Red Amazonía            steward         1  did:key:z6MkeXBLjYiSvq  this organisation
did:key:z6Mkeb6dsrBTX9  member          1  did:key:z6Mkeb6dsrBTX9
"
    );
    assert!(shown(&Answer::Circle(circle())).contains("2 decisions; the next needs 1 approval\n"));
    assert!(shown(&Answer::Circles(Vec::new())).contains("ceiba coalition create"));
}

#[test]
fn the_merged_view() {
    let (mut long, page) = (row(), |rows| Answer::Incidents(Incidents { total: 7, rows }));
    long.title = "A title that is much longer than what fits into a column of a table".to_owned();
    assert_eq!(
        shown(&page(vec![row(), long])),
        "\
Id        Date     Place   Violation     Title            Victims  Level  From          Reading
5c5c5c5c  2024-05  CO-CAU  Death threat  Death threat,…         2  v1     Red Amazonía  coalition  !
5c5c5c5c  2024-05  CO-CAU  Death threat  A title that i…        2  v1     Red Amazonía  coalition  !

2 of 7; see others with --offset and --limit

! has conflicts: `ceiba conflicts`
"
    );
    assert_eq!(shown(&page(Vec::new())), "No more: 7 incidents in all.\n");
}

#[test]
fn an_incident_in_full() {
    let field = |value, source: &str| Field {
        value,
        source: source.to_owned(),
        tier: "coalition".to_owned(),
        conflict: false,
    };
    let circle = CircleId::new([0xc1; 32]);
    let text = shown(&Answer::Incident(Box::new(Incident {
        row: row(),
        fields: BTreeMap::from([
            ("victims/1/is_minor".to_owned(), field(json!(false), "dossier")),
            ("group_size/min".to_owned(), field(json!(12), &circle.to_string())),
            ("summary".to_owned(), field(json!("first line\nsecond ".repeat(9)), "dossier")),
        ]),
        facets: vec![Facet {
            circle,
            circle_name: name("Defensa"),
            tier: "coalition".to_owned(),
            fields: BTreeMap::new(),
            changes: 2,
            authors: vec![OrgId::new([1; 32])],
            author_names: vec!["Red Inventada".to_owned()],
        }],
        conflicts: vec![conflict()],
        notes: vec!["consent forbids the public tier".to_owned()],
        reach: Vec::new(),
    })));
    for part in [
        "group_size/min      12       Defensa  coalition\n",
        "victims/1/is_minor  no       dossier  coalition\n",
        "summary             (below)  dossier  coalition\n",
        "\nsummary\n  first line\n",
        "Defensa  coalition       0        2  Red Inventada\n",
        "\nRemarks\n  - consent forbids the public tier\n",
    ] {
        assert!(text.contains(part), "{part}\n---\n{text}");
    }
}

#[test]
fn conflicts_name_who_wrote_what() {
    assert_eq!(
        shown(&Answer::Conflicts(vec![conflict()])),
        "\
5c5c5c5c  max_tier in Defensa: Death threat, Cauca, 2024-05
  1  restricted (Red Sur), rules until settled because it protects most
  2  public (writer not known)

Settle one with `ceiba conflicts settle INCIDENT FIELD NUMBER`.
"
    );
}

#[test]
fn sharing_says_what_leaves_and_what_does_not() {
    let refused = SharedIncident {
        incident: IncidentId::new([7; 16]),
        fields: BTreeMap::new(),
        withheld: Vec::new(),
        outcome: "refused".to_owned(),
        reason: name("consent was withdrawn"),
    };
    let withheld = Withheld { path: "victims/1/name".to_owned(), reason: "sealed".to_owned() };
    let would = SharedIncident {
        incident: IncidentId::new([8; 16]),
        fields: BTreeMap::from([("date".to_owned(), json!("2024-05"))]),
        withheld: vec![withheld],
        outcome: "would-publish".to_owned(),
        reason: None,
    };
    let text = shown(&Answer::Shared(Shared {
        circle: CircleId::new([0xc1; 32]),
        circle_name: name("Defensa"),
        tier: "coalition".to_owned(),
        dry_run: true,
        counts: BTreeMap::from([("refused".to_owned(), 1), ("would-publish".to_owned(), 1)]),
        incidents: vec![refused, would],
    }));
    assert_eq!(
        text,
        "\
Would share in Defensa at tier coalition: 1 refused, 1 to be published

07070707  refused
  because consent was withdrawn

08080808  to be published
  leaves    date: 2024-05
  withheld  victims/1/name (sealed)
"
    );
}

#[test]
fn an_import_names_every_refused_row() {
    let note = |line| RowNote { line, reason: "no date".to_owned() };
    let text = shown(&Answer::Imported(Imported {
        dry_run: true,
        rows: 100,
        created: 40,
        updated: 0,
        unchanged: 10,
        rejected: (2..52).map(note).collect(),
        warnings: vec![note(60)],
        by_year: BTreeMap::from([("2023".to_owned(), 30), ("unknown".to_owned(), 20)]),
        ..Imported::default()
    }));
    assert!(text.starts_with("Dry run, nothing was written\nRows       100\nNew        40\n"));
    assert!(
        text.contains("By year    2023: 30, unknown: 20\n\nRefused rows\n  - line 2: no date\n")
    );
    assert!(text.contains("  - and 10 more; --json lists all\n\nRemarks\n  - line 60: no date\n"));
}

#[test]
fn invites_and_proposals_say_what_to_do_next() {
    let invite = Invite {
        id: InviteId::new([0x91; 32]),
        coalition: CircleId::new([0xc1; 32]),
        coalition_name: name("Defensa"),
        inviter: OrgId::new([1; 32]),
        steward: true,
        state: InviteState::Proposed,
        expires: Timestamp::from_millis(1_795_000_000_000),
        redeemed_by: None,
        redeemed_by_name: None,
        ticket: name("ceiba1ticket"),
        proposal: Some(StatementId::new([0x3f; 32])),
    };
    let text = shown(&Answer::Invite(invite.clone()));
    assert!(
        text.contains("`ceiba proposal approve 3f3f3f3f`") && text.ends_with("\nceiba1ticket\n")
    );
    let listed = shown(&Answer::Invites(vec![invite]));
    assert!(listed.contains("waits for approval  steward   2026-11-18 11:06 UTC"), "{listed}");
    let proposal = Proposal {
        id: StatementId::new([0x3f; 32]),
        circle: CircleId::new([0xc1; 32]),
        circle_name: name("Defensa"),
        proposer: OrgId::new([1; 32]),
        proposer_name: name("Red Amazonía"),
        changes: vec!["invite one organisation as steward".to_owned()],
        approved_by: vec![OrgId::new([1; 32])],
        approved_by_names: vec!["Red Inventada".to_owned()],
        approvals_needed: 2,
        state: ProposalState::Open,
        ours_wanted: true,
    };
    let text = shown(&Answer::Proposal(proposal.clone()));
    assert!(text.contains("Approved  1 of 2: Red Inventada\n"), "{text}");
    assert!(text.ends_with("Your approval is wanted: `ceiba proposal approve 3f3f3f3f`\n"));
    let removal = Removal {
        org: OrgId::new([2; 32]),
        name: name("Red Sur"),
        achieves: vec!["new records are closed to it".to_owned()],
        does_not_achieve: vec!["what it has read stays with it".to_owned()],
        proposals: vec![proposal],
    };
    let text = shown(&Answer::Removal(removal));
    assert!(text.contains("What it cannot achieve\n  - what it has read stays with it\n"));
    assert!(text.contains("1/2  wants your approval\n"), "{text}");
}

#[test]
fn the_node_and_its_partners() {
    let peer = Peer {
        peer_id: "12D3KooWAbCdEfGhIjKlMnOpQrStUvWxYz0123456789".to_owned(),
        device: None,
        org: Some(OrgId::new([2; 32])),
        org_name: name("Red Sur"),
        addresses: vec!["/ip4/192.0.2.7/tcp/4710/p2p/12D3KooWAbCd".to_owned()],
        connected: false,
        last_contact: Some(Timestamp::from_millis(1_795_000_000_000)),
        last_error: None,
    };
    assert_eq!(
        shown(&Answer::Peers(vec![peer.clone()])),
        "\
Organisation  Peer id        State                           Addresses
Red Sur       …Yz0123456789  last seen 2026-11-18 11:06 UTC  /ip4/192.0.2.7/tcp/4710
"
    );
    let status = Status {
        role: "admin".to_owned(),
        org_name: "Red Amazonía".to_owned(),
        org: OrgId::new([1; 32]),
        device: DeviceId::new([1; 32]),
        device_label: "office".to_owned(),
        peer_id: "12D3KooW".to_owned(),
        running: false,
        listening: Vec::new(),
        network: crate::api::network::Network {
            bandwidth_limit: Some(20_000),
            metered: true,
            ..crate::api::network::Network::default()
        },
        circles: vec![circle()],
        peers: vec![peer],
        incidents: 7,
        conflicts: 1,
        waiting: vec!["3 entries of Red Sur wait for a key".to_owned()],
        store: Vec::new(),
        reach: Vec::new(),
    };
    let text = shown(&Answer::Status(status));
    for part in [
        "Node          does not run; start it with `ceiba run`\n",
        "Incidents     7, 1 field with conflicts: `ceiba conflicts`\n",
        "Link          at most 20 kbit/s, metered\n",
        "\nMissing or waiting\n  - 3 entries of Red Sur wait for a key\n",
    ] {
        assert!(text.contains(part), "{part}\n---\n{text}");
    }
    let failed = BTreeMap::from([("Red Sur".to_owned(), "no answer".to_owned())]);
    let synced =
        Synced { in_sync: vec!["Casa Norte".to_owned()], failed, received: 1, frames_sent: 2 };
    assert_eq!(
        shown(&Answer::Synced(synced)),
        "\
Received 1 entry; sent 2 frames

Nothing is missing with
  - Casa Norte

Not in sync
  - Red Sur: no answer
"
    );
    let joined = Joined {
        coalition: CircleId::new([0xc1; 32]),
        name: None,
        members: circle().members,
        waiting: vec!["the key of the coalition".to_owned()],
    };
    assert!(shown(&Answer::Joined(joined)).starts_with("Joined c1c1c1c1\n"));
}

#[test]
fn a_ticket_is_a_picture_unless_it_is_too_long() {
    let picture = qr_code(&"t".repeat(300));
    assert!(picture.lines().count() > 20 && picture.contains('█'));
    assert_eq!(qr_code(&"t".repeat(5000)), "");
}
