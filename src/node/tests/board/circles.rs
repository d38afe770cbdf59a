//! What views and files of one circle have of others: nothing. Each circle has a word that stands in
//! all of its cards, and no other page may have it.

mod files;

use super::*;
use crate::{
    api::{
        joint::{DecisionRequest, NewLink},
        linkage::ClusterRequest,
    },
    board::VIEWS,
    model::{
        board::CardKind,
        id::{CardId, CircleId},
        registry::{RecordKind, Schema},
    },
    node::{
        cards::CardClaim,
        tests::{
            cards::{add, edit},
            partners::Partner,
        },
    },
};

const PRIVATE: &str = "zorroprivado";
const FIRST: &str = "zorroalianza";
const SECOND: &str = "zorrofinanciera";
const CHILD: &str = "zorrocercanas";

/// A node that is in two coalitions and in a circle inside the first.
struct World {
    hub: Partner,
    alma: Partner,
    casa: Partner,
    child: CircleId,
    /// An incident that no circle reads.
    hidden: String,
    /// A card that is in the first coalition and, with another text, in the circle inside it.
    both: CardId,
}

impl World {
    fn new() -> Self {
        let mut hub = Partner::new("Puente");
        hub.found("Alianza");
        hub.found("Financiera");
        let (mut alma, mut casa) = (Partner::new("Alma Colectiva"), Partner::new("Casa Sur"));
        hub.admit("Alianza", &mut alma);
        hub.admit("Financiera", &mut casa);
        let create = Request::CircleCreate {
            name: "Cercanas".to_owned(),
            with: vec!["Alma Colectiva".to_owned()],
            coalition: Some("Alianza".to_owned()),
        };
        hub.ask(create).unwrap();
        let child = hub.node.find_circle("Cercanas").unwrap();
        let hidden = incident(&mut hub, &[]);
        for (circle, word) in
            [("private", PRIVATE), ("Alianza", FIRST), ("Financiera", SECOND), ("Cercanas", CHILD)]
        {
            for kind in CardKind::all() {
                let title = format!("{word} {}", kind.code());
                let dates = [("title", title.as_str()), ("due", "2099-02-01")];
                let mut made = add(kind.code(), Some(circle), &dates);
                if kind == CardKind::GovReport
                    && let CardRequest::Add { fields, .. } = &mut made
                {
                    fields.insert("country".to_owned(), "CO".to_owned());
                }
                let card = hub.card(made).unwrap().row.card;
                if word == FIRST && matches!(kind, CardKind::JointMessage | CardKind::IfiItem) {
                    let link = NewLink {
                        incident: Some(hidden.clone()),
                        note: Some(format!("{PRIVATE} note")),
                        ..NewLink::default()
                    };
                    hub.card(CardRequest::Link { card: card.to_string(), link }).unwrap();
                }
            }
        }
        let set = [("title", "zorroalianza in both"), ("body", "zorroalianza body")];
        let both = hub.card(add("action", Some("Alianza"), &set)).unwrap().row.card;
        let mut world = Self { hub, alma, casa, child, hidden, both };
        world.beside();
        world
    }

    /// What a member of the circle inside can write there: the card again, and a line of it.
    fn beside(&mut self) {
        let documents = self.hub.node.view.board_documents(&self.both);
        let record = documents.map(|held| held.record()).next().unwrap();
        let claim = CardClaim::of(&record).unwrap();
        let text =
            |path: &str, text: &str| (path.parse().unwrap(), Some(Value::Text(text.to_owned())));
        let schema = Schema::of(RecordKind::Card(CardKind::Action));
        let fields = vec![
            text("title", &format!("{CHILD} in both")),
            text("state", "proposed"),
            text("body", &format!("{CHILD} body")),
        ];
        self.hub.node.write_card(&self.child, &claim, &schema, fields).unwrap();
        let lines = [("Alianza", FIRST), ("Cercanas", CHILD), ("Financiera", SECOND)];
        for (number, (circle, word)) in lines.into_iter().enumerate() {
            let circle = self.hub.node.find_circle(circle).unwrap();
            let line =
                CardClaim::new(self.hub.node.org(), RecordKind::Item, format!("{number:032x}"));
            let fields = vec![
                text("card", &self.both.to_string()),
                text("text", &format!("{word} line")),
                text("due", "2099-03-01"),
            ];
            let schema = Schema::of(RecordKind::Item);
            self.hub.node.write_card(&circle, &line, &schema, fields).unwrap();
        }
    }

    fn export(&mut self, circle: Option<&str>, confirmed: &str) -> Result<BoardCards, ApiError> {
        let confirmed = Some(confirmed.to_owned()).filter(|word| !word.is_empty());
        let circle = circle.map(str::to_owned);
        let own = confirmed.as_deref() == Some("sealed");
        let request = BoardRequest::Export { own, confirmed, circle, after: None, had: 0 };
        match self.hub.ask(Request::Board(request))? {
            Answer::BoardCards(cards) => Ok(*cards),
            other => panic!("{other:?}"),
        }
    }

    /// Every page that there is of a circle.
    fn pages(&mut self, circle: &str) -> String {
        let pages = requests(Some(circle))
            .into_iter()
            .map(|request| serde_json::to_string(&page(&mut self.hub.node, request)).unwrap());
        pages.collect::<Vec<_>>().join("\n")
    }
}

/// What asks for every page that there is of a circle.
fn requests(circle: Option<&str>) -> Vec<BoardRequest> {
    let of = || circle.map(str::to_owned);
    let mut requests: Vec<BoardRequest> = VIEWS
        .iter()
        .map(|view| BoardRequest::View { name: view.name.to_owned(), circle: of(), sheet: None })
        .collect();
    let filter = || BoardFilter { circle: of(), ..BoardFilter::default() };
    requests.push(BoardRequest::List { filter: filter() });
    requests.push(BoardRequest::Columns { filter: filter() });
    let to = Some("2100-01-01".to_owned());
    requests.push(BoardRequest::Calendar { from: None, to, circle: of() });
    requests
}

/// An incident of somebody, shared with coalitions.
fn incident(partner: &mut Partner, coalitions: &[&str]) -> String {
    let set = [
        ("country", "CO"),
        ("date", "2024-05-03"),
        ("acts/1/violation", "killing"),
        ("victims/1/pseudonym", "Quetzal"),
        ("summary", "Killed on the road."),
        ("counting_unit", "individual"),
        ("interventions/1/type", "state_protection_request"),
        ("interventions/1/status", "refused"),
        ("consent/basis", "informed_explicit"),
        ("consent/scopes/share_coalition_deid", "true"),
    ];
    let id = recorded(&mut partner.node, &set).to_string();
    for circle in coalitions {
        partner.ask(share_with(&id, circle, "coalition")).unwrap();
    }
    id
}

fn check(what: &str, text: &str, own: &str, strange: &[&str]) {
    assert!(text.matches(own).count() > 20, "{what} has its own");
    for word in strange {
        let at = text.find(word);
        let around = at.map(|at| text.get(at.saturating_sub(120)..at + 40));
        assert!(at.is_none(), "{what} has {word}: {around:?}");
    }
}

#[test]
fn pages_and_files_of_a_circle_have_nothing_of_another() {
    let mut world = World::new();
    let hidden = world.hidden.clone();
    let first = [PRIVATE, SECOND, CHILD, "Casa Sur", "Cercanas", "Financiera", &hidden];
    let second = [PRIVATE, FIRST, CHILD, "Alma Colectiva", "Cercanas", "Alianza", &hidden];
    let child = [PRIVATE, FIRST, SECOND, "Casa Sur", "Financiera", &hidden];
    for (circle, own, strange, confirm) in [
        ("Alianza", FIRST, &first[..], ""),
        ("Financiera", SECOND, &second[..], ""),
        ("Cercanas", CHILD, &child[..], "restricted"),
    ] {
        let pages = world.pages(circle);
        check(&format!("a page of {circle}"), &pages, own, strange);
        let files = world.export(Some(circle), confirm).unwrap();
        let text = serde_json::to_string(&files).unwrap();
        check(&format!("a file of {circle}"), &text, own, strange);
        assert_eq!(
            files.cards.iter().map(|card| card.items.len()).sum::<usize>(),
            usize::from(own != SECOND),
            "a line is of a card where both are"
        );
    }
    // Nobody says for whom it is, or stands for it.
    let of_several = world.export(None, "").unwrap_err();
    assert_eq!(of_several.code.as_deref(), Some("several-coalitions"));
    for circle in ["Cercanas", "private"] {
        assert_eq!(world.export(Some(circle), "").unwrap_err().kind, ErrorKind::Refused);
    }
    // All that is here, for who stands for it.
    let own = serde_json::to_string(&world.export(None, "sealed").unwrap()).unwrap();
    assert!([PRIVATE, FIRST, SECOND, CHILD, &hidden].iter().all(|word| own.contains(word)));
    let own = serde_json::to_string(&world.export(Some("Alianza"), "sealed").unwrap()).unwrap();
    assert!(
        own.contains(&hidden) && !own.contains(CHILD),
        "of the circle, with what is kept of it"
    );
    // The card that is in two circles is in the lists of both, and all members get the same.
    for _round in 0..3 {
        world.hub.meet(&mut world.alma);
    }
    for name in ["Alianza", "Cercanas"] {
        let list = |partner: &mut Partner| {
            let circle = Some(name.to_owned());
            let filter = BoardFilter { circle, ..BoardFilter::default() };
            page(&mut partner.node, BoardRequest::List { filter }).sheets[0].plain()
        };
        let ours = list(&mut world.hub);
        assert!(ours.iter().any(|row| row[0].ends_with("in both")));
        // What is by files does not bring the inner circle to its other member.
        if name == "Alianza" {
            assert_eq!(list(&mut world.alma), ours);
        }
    }
    // Which coalition's numbers would they be?
    let name = "government".to_owned();
    let of_all = BoardRequest::View { name, circle: None, sheet: None };
    let refused = world.hub.ask(Request::Board(of_all)).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("several-coalitions"));
    world.hub.meet(&mut world.casa);
}

#[test]
fn an_event_that_two_tell_of_is_one_and_consent_is_what_the_circle_reads() {
    let (mut hub, mut alma) = (Partner::new("Puente"), Partner::new("Alma Colectiva"));
    hub.found("Alianza");
    hub.admit("Alianza", &mut alma);
    let ours = incident(&mut hub, &["Alianza"]);
    let theirs = incident(&mut alma, &["Alianza"]);
    let kept = incident(&mut hub, &[]);
    hub.meet(&mut alma);
    hub.card(add("pilot_site", None, &[("title", "P"), ("countries/co", "yes")])).unwrap();
    hub.card(add("mechanism_assessment", None, &[("title", "M"), ("mechanism", "unp")])).unwrap();
    let counted = |node: &mut Node, circle: Option<&str>| -> Vec<String> {
        let pilot = view(node, "pilots", circle, "pilots");
        let backing = view(node, "mechanisms", circle, "backing");
        vec![pilot[0][10].clone(), pilot[0][11].clone(), backing[0][3].clone()]
    };
    assert_eq!(counted(&mut hub.node, Some("Alianza")), ["2", "2", "2"]);
    let judge = Request::Cluster(ClusterRequest::Judge {
        one: ours,
        other: theirs,
        verdict: "same_as".to_owned(),
        reason: None,
        by: Some("K7".to_owned()),
        victims: BTreeMap::new(),
        circle: Some("Alianza".to_owned()),
    });
    hub.ask(judge).unwrap();
    assert_eq!(counted(&mut hub.node, Some("Alianza")), ["1", "2", "1"]);
    assert_eq!(counted(&mut hub.node, None), ["2", "3", "2"], "with what is kept here");
    hub.meet(&mut alma);
    assert_eq!(counted(&mut alma.node, Some("Alianza")), ["1", "2", "1"], "all get the same");
    // Files hide few, and the screen does not.
    let name = "pilots".to_owned();
    let circle = Some("Alianza".to_owned());
    let request = BoardRequest::View { name, circle, sheet: Some("pilots".to_owned()) };
    let request = BoardRequest::File { page: Box::new(request), own: false, confirmed: None };
    let told = page(&mut hub.node, request);
    assert_eq!((told.sheets.len(), told.sheets[0].plain()[0][10].as_str()), (1, "<5"));
    assert!(!kept.is_empty());
}

#[test]
fn a_withdrawal_is_shown_to_a_circle_when_it_is_told_there() {
    let mut hub = Partner::new("Puente");
    let circle = hub.found("Alianza");
    let id = incident(&mut hub, &["Alianza"]);
    let link = [("title", "To the bank"), ("links/a/incident", id.as_str())];
    hub.card(add("joint_message", None, &link)).unwrap();
    let evidence =
        |node: &mut Node, circle| view(node, "messages", circle, "messages")[0][9].clone();
    assert_eq!(evidence(&mut hub.node, None), "holds");
    assert_eq!(evidence(&mut hub.node, Some("Alianza")), "holds");
    // The dossier alone says it: the circle has not been told.
    let withdraw = Request::IncidentEdit {
        incident: id.clone(),
        circle: None,
        set: fields(&[("consent/basis", "withdrawn")]),
        unset: Vec::new(),
    };
    hub.ask(withdraw).unwrap();
    assert_eq!(evidence(&mut hub.node, None), "consent_withdrawn");
    assert_eq!(evidence(&mut hub.node, Some("Alianza")), "holds");
    // Told: what was shared is taken out of the circle.
    hub.ask(share_with(&id, "Alianza", "coalition")).unwrap();
    let id = id.parse().unwrap();
    assert!(hub.node.view.documents(&id).all(|it| it.circle() != circle));
    for circle in [None, Some("Alianza")] {
        assert_eq!(evidence(&mut hub.node, circle), "consent_withdrawn");
    }
}

#[test]
fn the_register_says_what_was_decided_and_when() {
    let (mut hub, mut alma) = (Partner::new("Puente"), Partner::new("Alma Colectiva"));
    hub.found("Alianza");
    hub.admit("Alianza", &mut alma);
    let set = [("title", "Where"), ("question", "Where do we meet?")];
    let card = hub.card(add("decision", None, &set)).unwrap().row.card;
    let open = DecisionRequest::Open {
        card: card.to_string(),
        question: None,
        closes: "2099-01-31".to_owned(),
        with: Vec::new(),
        needed: None,
        options: fields(&[("a", "Lima"), ("b", "Quito")]),
        by: Some("K7".to_owned()),
    };
    hub.ask(Request::Decide(open)).unwrap();
    hub.meet(&mut alma);
    let register = |node: &mut Node| view(node, "decisions", Some("Alianza"), "decisions");
    assert_eq!(register(&mut hub.node)[0][9..11], ["", ""]);
    for partner in [&mut hub, &mut alma] {
        let consent = DecisionRequest::Position {
            card: card.to_string(),
            ballot: None,
            stance: "consent".to_owned(),
            option: Some("b".to_owned()),
            reason: None,
            by: None,
        };
        partner.ask(Request::Decide(consent)).unwrap();
    }
    hub.meet(&mut alma);
    let changed = [("question", "Where do we not meet?"), ("archived", "yes")];
    hub.card(edit(&card, &changed, &[])).unwrap();
    let row = register(&mut hub.node)[0].clone();
    let today = crate::node::clock::now().to_date();
    assert_eq!(row[1..4], ["Where do we meet?", "adopted", "2/2"]);
    assert_eq!(row[9..12], [today.as_str(), "Quito", "text_differs"]);
}
