//! Revoking: what counts afterwards, and that there is room for it.

use super::{
    Action, Office, ask, carry, certify, coalition, draft, invite, meet, paper_device, revoke,
};
use crate::{
    api::{
        Answer, Request,
        device::{Keep, KeptVotes},
    },
    membership::{Change, OrgRole, VerifiedStatement},
    model::id::{CircleId, DeviceId, Incarnation},
    node::Node,
};

fn nothing() -> Keep {
    Keep { nothing: true, ..Keep::default() }
}

fn up_to(decision: &str) -> Keep {
    Keep { votes_until: vec![decision.to_owned()], ..nothing() }
}

fn own_manifests(node: &Node) -> Vec<VerifiedStatement> {
    node.manifests(&node.own.private, &[node.org()].into())
}

/// What a thief decided with a stolen admin device.
fn decided(node: &Node, circle: &CircleId) -> usize {
    node.known(circle).unwrap().path().len() - 1
}

/// The draft of a revocation that nobody has signed yet.
fn votes_of(node: &mut Node, device: &DeviceId, keep: Keep) -> Vec<KeptVotes> {
    let device = device.to_string();
    draft(node, Action::Revoke { device, keep, anyway: false }).unwrap().votes
}

#[test]
fn of_a_device_that_others_used_honest_votes_stand_and_the_thiefs_fall_where_people_say() {
    let (mut office, mut partner) = (Office::new(), Office::new());
    let mut stolen = office.device("stolen", "admin");
    let circle = coalition(office.node(), "Amazonas");
    meet(office.node(), &mut stolen.node);
    stolen.node.sign_here().unwrap();
    // While it is ours it takes a partner in, as the founder's first laptop does.
    let org = partner.node().org();
    let theirs = own_manifests(partner.node());
    stolen.node.keep(&circle, &theirs).unwrap();
    let change = Change::AddOrg { org, role: OrgRole::Member };
    stolen.node.propose(&circle, vec![change]).unwrap();
    let honest = stolen.node.known(&circle).unwrap().tip();
    // Then it is the thief's.
    invite(&mut stolen.node).unwrap();
    stolen.node.write_circle_name(&circle, "Anything").unwrap();
    carry(&stolen.node, office.node());
    assert_eq!(decided(office.node(), &circle), 2);
    assert_eq!(office.node().circle_name(&circle).as_deref(), Some("Anything"));
    let device = stolen.node.device();
    let is_in = |node: &Node| node.known(&circle).unwrap().is_member(&org);
    // What people are shown before they sign anything.
    let [votes] = &votes_of(office.node(), &device, nothing())[..] else { panic!() };
    assert_eq!((votes.approved, votes.standing), (2, 2));
    assert!(votes.falls.is_empty() && votes.out.is_empty());
    let [votes] = &votes_of(office.node(), &device, up_to("genesis"))[..] else { panic!() };
    assert_eq!((votes.standing, votes.falls.len(), votes.out.len()), (0, 2, 1));
    let named = up_to(&honest.to_string());
    let [votes] = &votes_of(office.node(), &device, named.clone())[..] else { panic!() };
    assert_eq!((votes.standing, votes.falls.len(), votes.out.len()), (1, 1, 0));
    // Entries alone.
    revoke(&mut office.machine.node, &office.words, &device, nothing()).unwrap();
    assert_eq!(decided(office.node(), &circle), 2, "this is about entries");
    assert_eq!(office.node().circle_name(&circle).as_deref(), Some("Amazonas"));
    assert!(is_in(office.node()));
    // The thief's vote, too.
    revoke(&mut office.machine.node, &office.words, &device, named).unwrap();
    assert_eq!(decided(office.node(), &circle), 1);
    assert!(is_in(office.node()), "the honest vote stands");
    // As it was shown.
    revoke(&mut office.machine.node, &office.words, &device, up_to("genesis")).unwrap();
    assert_eq!(decided(office.node(), &circle), 0);
    assert!(!is_in(office.node()));
}

#[test]
fn the_decision_up_to_which_votes_stand_is_named_without_doubt() {
    let mut office = Office::new();
    let second = office.device("second", "admin").node.device();
    office.node().sign_here().unwrap();
    let circle = coalition(office.node(), "Amazonas");
    invite(office.node()).unwrap();
    let tip = office.node().known(&circle).unwrap().tip();
    let mut refused = |votes_until: &[String]| {
        let keep = Keep { votes_until: votes_until.to_vec(), ..Keep::default() };
        office.node().draft_revocation(&second.to_string(), &keep, false).is_err()
    };
    let (tip, genesis) = (tip.to_string(), circle.to_string());
    assert!(refused(&["ffffffffffff".to_owned()]), "none is called so");
    assert!(refused(&[tip.chars().take(2).collect()]), "too little");
    assert!(refused(&[tip.clone(), genesis.clone()]), "two of one circle");
    assert!(!refused(&[tip.chars().take(8).collect()]) && !refused(&[genesis]));
    assert!(!refused(&["genesis".to_owned(), tip]), "elsewhere none");
}

#[test]
fn of_a_device_that_was_lost_what_it_decided_and_wrote_stands_and_can_be_narrowed() {
    let mut office = Office::new();
    let mut lost = office.device("lost", "admin");
    let circle = coalition(office.node(), "Amazonas");
    meet(office.node(), &mut lost.node);
    lost.node.sign_here().unwrap();
    invite(&mut lost.node).unwrap();
    lost.node.write_circle_name(&circle, "Amazonas y Pantanal").unwrap();
    carry(&lost.node, office.node());
    let device = lost.node.device();
    revoke(&mut office.machine.node, &office.words, &device, Keep::default()).unwrap();
    assert_eq!(decided(office.node(), &circle), 1);
    assert_eq!(office.node().circle_name(&circle).as_deref(), Some("Amazonas y Pantanal"));
    let told = |node: &mut Node| {
        let Answer::Status(status) = ask(node, Request::Status).unwrap() else { panic!() };
        status.waiting.iter().any(|it| it.contains("this device was revoked"))
    };
    assert!(!told(&mut lost.node) && !told(office.node()));
    carry(office.node(), &mut lost.node);
    assert!(told(&mut lost.node) && !told(office.node()), "whoever has it is told");
    // It turns out that others had it.
    revoke(&mut office.machine.node, &office.words, &device, up_to("genesis")).unwrap();
    assert_eq!(decided(office.node(), &circle), 0);
    assert_eq!(office.node().circle_name(&circle).as_deref(), Some("Amazonas"));
}

#[test]
fn a_revocation_that_did_not_know_a_circle_is_told_and_made_good_there() {
    let mut office = Office::new();
    let mut second = office.device("second", "admin");
    let mut lost = office.device("lost", "field");
    meet(office.node(), &mut second.node);
    meet(office.node(), &mut lost.node);
    // A coalition that the office has not heard of yet.
    let circle = coalition(&mut second.node, "Amazonas");
    meet(&mut second.node, &mut lost.node);
    lost.node.write_circle_name(&circle, "Written in the field").unwrap();
    carry(&lost.node, &mut second.node);
    let name = |node: &Node| node.circle_name(&circle);
    assert_eq!(name(&second.node).as_deref(), Some("Written in the field"));
    let device = lost.node.device();
    revoke(&mut office.machine.node, &office.words, &device, Keep::default()).unwrap();
    second.node.notices.clear();
    carry(office.node(), &mut second.node);
    assert!(second.node.known(&circle).unwrap().device(&device).unwrap().revoked, "at once");
    assert_eq!(name(&second.node).as_deref(), Some("Amazonas"), "nothing of it counts");
    let told = second.node.notices.iter().any(|it| it.contains("did not know Amazonas"));
    assert!(told, "{:?}", second.node.notices);
    // Whoever has it writes on before it is made good.
    lost.node.write_circle_name(&circle, "By the thief").unwrap();
    carry(&lost.node, &mut second.node);
    let draft = second.node.draft_revocation(&device.to_string(), &Keep::default(), false).unwrap();
    assert_eq!(draft.logs.iter().map(|it| it.late).sum::<u64>(), 1, "{:?}", draft.logs);
    assert!(draft.logs.iter().all(|it| it.kept + it.late == it.held), "{:?}", draft.logs);
    revoke(&mut second.node, &office.words, &device, Keep::default()).unwrap();
    assert_eq!(name(&second.node).as_deref(), Some("Written in the field"));
    assert_eq!(second.node.revoked_unnamed(&circle), None);
    // Nothing that it writes from now on does.
    lost.node.write_circle_name(&circle, "Late").unwrap();
    carry(&lost.node, &mut second.node);
    assert_eq!(name(&second.node).as_deref(), Some("Written in the field"));
}

#[test]
fn whoever_has_a_device_cannot_keep_it_in_use_by_beginning_very_many_logs() {
    let mut office = Office::new();
    let mut stolen = office.device("stolen", "field");
    let circle = coalition(office.node(), "Amazonas");
    let second = coalition(office.node(), "Pantanal");
    meet(office.node(), &mut stolen.node);
    stolen.node.write_circle_name(&circle, "Before").unwrap();
    carry(&stolen.node, office.node());
    // Other devices take most of the room of a manifest.
    let org = office.node().org();
    for number in 0..30 {
        let request = paper_device(100 + number, &org);
        certify(&mut office.machine.node, &office.words, &request, "field").unwrap();
    }
    meet(office.node(), &mut stolen.node);
    let private = stolen.node.own.private;
    for number in 0..94_u8 {
        stolen.node.replica.set_incarnation(Incarnation::new([number + 1; 16]));
        stolen.node.write_circle_name(&circle, &format!("{number}")).unwrap();
        stolen.node.write_circle_name(&private, &format!("{number}")).unwrap();
        stolen.node.write_circle_name(&second, &format!("{number}")).unwrap();
    }
    carry(&stolen.node, office.node());
    let device = stolen.node.device();
    let (text, keep) = (device.to_string(), Keep::default());
    let draft = office.node().draft_revocation(&text, &keep, false).unwrap();
    let left_out = draft.logs.iter().filter(|it| it.no_room).count();
    assert!(left_out > 0 && left_out < 200, "{left_out} of {}", draft.logs.len());
    revoke(&mut office.machine.node, &office.words, &device, Keep::default()).unwrap();
    assert!(office.node().known(&circle).unwrap().device(&device).unwrap().revoked);
    let kept = draft.logs.iter().filter(|it| it.kept > 0 && it.circle == circle).count();
    assert!(kept > 0);
    let counts = office.node().replica.counting_tails(&circle);
    let counting = counts.iter().filter(|(log, _cut)| log.device == device).count();
    assert_eq!(counting, kept);
    let first = Incarnation::new([1; 16]);
    assert!(counts.keys().any(|log| log.incarnation == first), "what came first still counts");
}

#[test]
fn once_there_is_no_room_a_revocation_is_refused_and_people_were_warned() {
    let mut office = Office::new();
    let org = office.node().org();
    for number in 0..30 {
        let request = paper_device(number, &org);
        certify(&mut office.machine.node, &office.words, &request, "field").unwrap();
    }
    let (mut warned_at, mut refused) = (None, None);
    for round in 0..40 {
        let devices: Vec<_> =
            office.node().own_devices().map(|(id, it)| (*id, it.revoked)).collect();
        let own = office.node().device();
        let used = devices.into_iter().find(|(id, revoked)| !revoked && *id != own);
        let device = used.unwrap().0;
        let before = own_manifests(office.node()).len();
        if let Err(error) =
            revoke(&mut office.machine.node, &office.words, &device, Keep::default())
        {
            refused = Some(error);
            let after = own_manifests(office.node());
            assert_eq!(after.len(), before, "nothing was changed");
            break;
        }
        let warns = office.node().notices.iter().any(|it| it.contains("% of the room"));
        if warns && warned_at.is_none() {
            warned_at = Some(round);
        }
        let request = paper_device(200 + round, &org);
        if let Err(error) = certify(&mut office.machine.node, &office.words, &request, "field") {
            refused = Some(error);
            break;
        }
    }
    let refused = refused.expect("the room is not without end");
    assert!(refused.message.contains("no room"), "{refused:?}");
    assert!(warned_at.is_some(), "before");
}

#[test]
fn a_branch_that_lost_is_not_carried_into_other_circles() {
    let mut office = Office::new();
    let org = office.node().org();
    let mut second = office.device("second", "admin");
    meet(office.node(), &mut second.node);
    // Two successors of one manifest, by two machines that did not know of each other.
    for (node, seeds) in [(&mut office.machine.node, 1..2), (&mut second.node, 5..7)] {
        for seed in seeds {
            certify(node, &office.words, &paper_device(seed, &org), "field").unwrap();
        }
    }
    carry(&second.node, office.node());
    let all = own_manifests(office.node());
    assert_eq!(all.len(), 5, "the private circle knows both branches");
    let circle = coalition(office.node(), "Amazonas");
    let known: Vec<VerifiedStatement> = office.node().manifests(&circle, &[org].into());
    let head = office.node().head().unwrap().id;
    assert!(known.iter().any(|it| it.id() == head));
    assert!(known.len() < all.len(), "{} of {}", known.len(), all.len());
    office.node().spread_manifests(&circle);
    assert_eq!(office.node().manifests(&circle, &[org].into()).len(), known.len());
}

#[test]
fn the_name_of_a_revoked_device_means_the_one_that_took_its_place() {
    let mut office = Office::new();
    let first = office.device("boat", "field").node.device();
    revoke(&mut office.machine.node, &office.words, &first, Keep::default()).unwrap();
    assert_eq!(office.node().find_device("boat").unwrap().0, first);
    let second = office.device("boat", "field").node.device();
    assert_eq!(office.node().find_device("boat").unwrap().0, second);
    assert_eq!(office.node().find_device(&first.to_string()).unwrap().0, first);
}
