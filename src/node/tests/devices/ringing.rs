//! Who of an organisation is told of an alert: each device, but for the one that wrote.

use super::{Office, ask, coalition, meet};
use crate::{
    api::{
        Answer, Request,
        alert::{AlertRequest, NewAlert, NewEntry},
    },
    node::{
        Node,
        notice::{Notice, Reason},
        tests::partners::{Partner, admit},
    },
};

fn raise(node: &mut Node) -> String {
    let new = NewAlert {
        circle: Some("Amazonas".to_owned()),
        level: "life_imminent".to_owned(),
        what: "Amenaza".to_owned(),
        country: "CO".to_owned(),
        who: "collective".to_owned(),
        ..NewAlert::default()
    };
    let raise = AlertRequest::Raise { alert: Box::new(new), dry_run: false };
    let Answer::Alert(raised) = ask(node, Request::Alert(raise)).unwrap() else { panic!() };
    raised.row.id
}

fn told(node: &mut Node) -> Vec<Reason> {
    node.watch_alerts();
    let notices = node.alert_notices.take();
    assert!(notices.iter().all(Notice::rings));
    notices.into_iter().map(|notice| notice.reason).collect()
}

#[test]
fn what_one_device_raised_looked_at_or_took_rings_the_others() {
    let mut office = Office::new();
    let mut second = office.device("second", "admin");
    coalition(office.node(), "Amazonas");
    meet(&mut office.machine.node, &mut second.node);
    let mut partner = Partner::new("Casa");
    let (field, office) = (&mut second.node, &mut office.machine.node);
    let (host, guest) = if office.acts_in(&office.find_circle("Amazonas").unwrap()) {
        (&mut *office, &mut *field)
    } else {
        (&mut *field, &mut *office)
    };
    admit(host, "Amazonas", &mut partner.node);
    meet(host, guest);
    assert!(told(field).is_empty() && told(office).is_empty());
    // Nobody but the organisation itself has it.
    raise(field);
    meet(field, office);
    assert_eq!((told(field), told(office)), (vec![], vec![Reason::New]));

    // A colleague reads a partner's, or takes it, before it comes here.
    for entry in [None, Some("taking")] {
        let id = raise(&mut partner.node);
        meet(&mut partner.node, field);
        assert_eq!(told(field), [Reason::New]);
        let request = match entry {
            None => AlertRequest::Show { alert: id, silent: false },
            Some(stance) => {
                let entry = NewEntry::Acknowledgement { stance: stance.to_owned(), text: None };
                AlertRequest::Say { alert: id, by: None, entry }
            }
        };
        let Answer::Alert(shown) = ask(field, Request::Alert(request)).unwrap() else { panic!() };
        assert_eq!(shown.entries.len(), 1);
        meet(field, office);
        assert_eq!((told(field), told(office)), (vec![], vec![Reason::New]), "{entry:?}");
    }
    // After a start it is told again, on the device that raised it too, but for what is taken.
    field.alert_watch = crate::node::alerts::Watch::default();
    assert_eq!(told(field), [Reason::New, Reason::New]);
}
