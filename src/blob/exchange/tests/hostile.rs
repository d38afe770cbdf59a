//! Members who lie in records, stall, ask for what is not theirs, or come back for more.

use std::fs;

use super::*;
use crate::blob::frame::Part;

/// Sends a request for a piece of a part, and gives what comes back of it, if anything does.
fn ask_piece(world: &mut World, from: usize, to: usize, circle: CircleId, place: Place) -> bool {
    let want = Frame::Want { circle: [circle.as_bytes()[0]; 16], request: 1, place }.encode();
    world.deliver(from, to, &want);
    world.pump();
    let answered = world.wire.iter().any(|(sender, ..)| *sender == to);
    world.wire.clear();
    answered
}

fn first_piece(blob: BlobId) -> Place {
    Place { blob, part: Part::Segment(0), piece: 0 }
}

#[test]
fn who_goes_away_in_the_midst_of_it_holds_up_nobody() {
    // Twelve sources go away one after another, each with parts under way; the last one stays.
    let mut world = World::new(14);
    let contents: Vec<Vec<u8>> = (0..4).map(|more| content(1_200_000 + more)).collect();
    let blobs: Vec<BlobRef> = contents.iter().map(|content| world.add(12, content)).collect();
    for source in 0..12 {
        for content in &contents {
            world.add(source, content);
        }
    }
    for blob in &blobs {
        world.want(13, blob);
    }
    for source in 0..12 {
        world.link(source, 13);
        // Enough to begin; no segment comes as a whole.
        world.carry(40, |_, _| {});
        world.cut(source, 13);
        world.now = world.now.saturating_add(Duration::from_secs(31));
    }
    let left: usize = world.nodes[13].wants.values().map(Want::in_memory).sum();
    assert!(left > 0 && left <= MAX_ASSEMBLED, "{left} parts of 256 KiB in memory");
    world.link(12, 13);
    world.run();
    for (blob, content) in blobs.iter().zip(&contents) {
        assert!(world.got(13, blob).as_ref() == Some(content));
    }
    assert_eq!(world.closed, []);
}

#[test]
fn a_peer_that_withholds_parts_of_many_files_holds_up_nobody() {
    let mut world = World::new(3);
    let contents: Vec<Vec<u8>> = (0..40).map(|more| content(5000 + more)).collect();
    let blobs: Vec<BlobRef> = contents.iter().map(|content| world.add(0, content)).collect();
    for blob in &blobs {
        world.nodes[2].want_unasked(blob.id, CIRCLE, blob.size).unwrap();
    }
    world.link(0, 2);
    // Lists of segments come, no segment does; for longer than anybody waits.
    for _second in 0..200 {
        for _frame in 0..200 {
            world.pump();
            let Some((from, to, bytes)) = world.wire.pop_front() else { break };
            if from == 1 || from == 2 || bytes.len() < 5000 {
                world.deliver(from, to, &bytes);
            }
        }
        world.now = world.now.saturating_add(Duration::from_secs(1));
    }
    // Another file, from another peer.
    let wanted = world.add(1, &content(700_000));
    world.want(2, &wanted);
    world.link(1, 2);
    for _second in 0..60 {
        for _frame in 0..1000 {
            world.pump();
            let Some((from, to, bytes)) = world.wire.pop_front() else { break };
            if from != 0 || bytes.len() < 5000 {
                world.deliver(from, to, &bytes);
            }
        }
        world.now = world.now.saturating_add(Duration::from_secs(1));
    }
    assert!(world.got(2, &wanted).is_some());
}

#[test]
fn many_peers_that_withhold_what_nobody_asked_for_hold_up_no_person() {
    let mut world = World::new(15);
    for silent in 0..12 {
        for more in 0..4 {
            let blob = world.add(silent, &content(5000 + silent * 10 + more));
            world.nodes[14].want_unasked(blob.id, CIRCLE, blob.size).unwrap();
        }
        world.link(silent, 14);
    }
    let wanted = world.add(13, &content(700_000));
    for second in 0..40 {
        if second == 10 {
            world.want(14, &wanted);
            world.link(13, 14);
        }
        for _frame in 0..1000 {
            world.pump();
            let Some((from, to, bytes)) = world.wire.pop_front() else { break };
            if from >= 12 || bytes.len() < 5000 {
                world.deliver(from, to, &bytes);
            }
        }
        world.now = world.now.saturating_add(Duration::from_secs(1));
    }
    assert!(world.got(14, &wanted).is_some(), "before anybody's patience ends");
}

#[test]
fn a_slow_drip_is_overtaken_by_who_has_it_too() {
    let mut world = World::new(3);
    let content = content(240_000);
    let blob = world.add(0, &content);
    world.add(1, &content);
    world.want(2, &blob);
    world.link(0, 2);
    world.link(1, 2);
    // Node 0 gives a piece each fifty seconds: in time, and no part for a quarter of an hour.
    let (mut held, mut last) = (VecDeque::new(), 0);
    for second in 0..300_u64 {
        for _frame in 0..200 {
            world.pump();
            let Some((from, to, bytes)) = world.wire.pop_front() else { break };
            if from == 0 && bytes.len() > 5000 {
                held.push_back((from, to, bytes));
            } else {
                world.deliver(from, to, &bytes);
            }
        }
        if second >= last + 50
            && let Some((from, to, bytes)) = held.pop_front()
        {
            last = second;
            world.deliver(from, to, &bytes);
        }
        world.now = world.now.saturating_add(Duration::from_secs(1));
    }
    assert!(world.got(2, &blob) == Some(content));
}

#[test]
fn a_record_with_a_wrong_length_keeps_a_file_from_nobody() {
    for wrong in [1, 1000, 400_000, 50_000_000] {
        let mut world = World::new(2);
        let content = content(300_000);
        let blob = world.add(0, &content);
        // What a member wrote came first, and was wanted unasked.
        world.nodes[1].want_unasked(blob.id, CIRCLE, wrong).unwrap();
        world.want(1, &blob);
        world.link(0, 1);
        world.run();
        assert!(world.got(1, &blob).as_ref() == Some(&content), "{wrong}");
        assert_eq!((world.failed.len(), world.closed.len()), (0, 0));
    }
}

#[test]
fn a_file_that_is_longer_than_its_record_says_is_not_fetched_and_can_be_asked_for_later() {
    let mut world = World::new(2);
    let content = content(3_000_000);
    let blob = world.add(0, &content);
    world.nodes[1].want_unasked(blob.id, CIRCLE, 1000).unwrap();
    world.link(0, 1);
    world.run();
    assert!(world.carried < 10_000, "the list of its segments alone: {}", world.carried);
    let [(1, id, Why::Unasked, message)] = world.failed.as_slice() else {
        panic!("{:?}", world.failed)
    };
    assert!(*id == blob.id && message.contains("longer"), "{message}");
    world.want(1, &blob);
    world.run();
    assert!(world.got(1, &blob) == Some(content));
}

#[test]
fn nothing_is_written_of_what_nobody_asked_for_before_some_of_it_came() {
    let mut world = World::new(2);
    let blob = world.add(0, &content(5000));
    world.nodes[1].want_unasked(blob.id, CIRCLE, blob.size).unwrap();
    let folder = world.folders[1].path().join("blobs");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    world.link(0, 1);
    world.run();
    assert!(world.got(1, &blob).is_some());
    assert_eq!(world.nodes[1].shelf().why(&blob.id), Some(Why::Unasked));
    assert!(!world.nodes[1].want_unasked(blob.id, CIRCLE, blob.size).unwrap(), "it is here");
}

#[test]
fn what_is_here_and_what_is_not_costs_a_stranger_the_same() {
    let answered = |here: bool| {
        let mut world = World::new(2);
        let blob = world.add(0, &content(300_000));
        for knows in &mut world.knows {
            knows.members.insert((0, OTHER));
            knows.members.insert((1, OTHER));
            knows.members.remove(&(1, CIRCLE));
            // It is named there, by whoever wants to know.
            knows.taken_back.clear();
        }
        world.link(0, 1);
        let id = if here { blob.id } else { BlobId::new([7; 32]) };
        (0..1200).filter(|_| ask_piece(&mut world, 1, 0, OTHER, first_piece(id))).count()
    };
    let (here, not_here) = (answered(true), answered(false));
    assert_eq!(here, not_here);
    assert!(here < 1200, "it pays for each: {here}");
}

#[test]
fn nobody_learns_what_is_here_by_naming_it_in_another_circle() {
    let mut world = World::new(3);
    let content = content(5000);
    let blob = world.add(0, &content);
    for knows in &mut world.knows {
        knows.members.insert((1, OTHER));
        knows.members.insert((2, OTHER));
    }
    world.knows[2].members.remove(&(2, CIRCLE));
    world.want(1, &blob);
    world.link(0, 1);
    world.run();
    assert!(world.got(1, &blob).is_some());
    world.cut(0, 1);
    // Node 2 is not in the circle, knows the id, has the file from elsewhere and names it.
    world.add(2, &content);
    world.knows[2].shared = BTreeSet::from([(OTHER, blob.id)]);
    assert!(world.nodes[1].want_unasked(blob.id, OTHER, blob.size).unwrap());
    world.link(1, 2);
    let mut asked = 0;
    world.carry(1000, |from, _| asked += usize::from(from == 1));
    assert!(asked > 2, "it is asked for as if it were not here: {asked}");
    assert_eq!(world.nodes[1].wanted().count(), 0);
    assert!(world.got(1, &blob) == Some(content));
    let served = world.nodes[1].shelf().served(&blob.id).unwrap();
    assert_eq!(served, BTreeSet::from([CIRCLE, OTHER]), "all of it came there, too");
}

#[test]
fn what_came_in_one_circle_is_not_passed_on_in_another() {
    let mut world = World::new(3);
    let blob = world.add(0, &content(700_000));
    for knows in &mut world.knows {
        knows.members.insert((1, OTHER));
        knows.members.insert((2, OTHER));
        knows.members.remove(&(2, CIRCLE));
    }
    // Node 2 names in the other circle what it knows of this one, while it is under way.
    world.want(1, &blob);
    world.nodes[1].want_unasked(blob.id, OTHER, blob.size).unwrap();
    world.link(0, 1);
    world.run();
    assert!(world.got(1, &blob).is_some());
    world.nodes[2].want(blob.id, OTHER, blob.size).unwrap();
    world.link(1, 2);
    world.run();
    assert_eq!(world.got(2, &blob), None);
}

#[test]
fn what_its_origin_took_back_is_not_passed_on() {
    for taken_back in [false, true] {
        let mut world = World::new(3);
        let blob = world.add(0, &content(300_000));
        world.want(1, &blob);
        world.link(0, 1);
        world.run();
        assert!(world.got(1, &blob).is_some());
        if taken_back {
            world.knows[1].taken_back.insert((CIRCLE, blob.id));
        }
        world.want(2, &blob);
        world.link(1, 2);
        world.run();
        assert_eq!(world.got(2, &blob).is_none(), taken_back);
    }
}

#[test]
fn who_comes_again_goes_on_with_what_it_had_left() {
    let mut world = World::new(2);
    let blobs: Vec<BlobRef> = (0..6).map(|more| world.add(0, &content(5000 + more))).collect();
    world.link(0, 1);
    // Lists of six files by turns: more than are in memory, so each is read.
    let mut answered = 0;
    for round in 0..1200 {
        if round % 50 == 0 {
            world.cut(0, 1);
            world.link(0, 1);
        }
        let place = Place { blob: blobs[round % 6].id, part: Part::Manifest, piece: 0 };
        answered += usize::from(ask_piece(&mut world, 1, 0, CIRCLE, place));
    }
    assert!(answered <= 1024, "each costs a read, whichever connection it comes on: {answered}");
    assert!(answered > 1000);
}

#[test]
fn who_has_not_presented_itself_is_not_heard() {
    let mut world = World::new(2);
    let blob = world.add(0, &content(5000));
    world.knows[0].early = true;
    world.link(0, 1);
    assert!(!ask_piece(&mut world, 1, 0, CIRCLE, first_piece(blob.id)));
    world.deliver(1, 0, &[0xf2, 1, 9]);
    world.pump();
    assert_eq!(world.closed, [], "the engine sees to it");
    world.knows[0].early = false;
    assert!(ask_piece(&mut world, 1, 0, CIRCLE, first_piece(blob.id)));
}

#[test]
fn what_the_disk_damaged_is_fetched_again_and_no_more_than_that() {
    let mut world = World::new(3);
    let content = content(2_000_000);
    let blob = world.add(0, &content);
    world.want(1, &blob);
    world.link(0, 1);
    world.run();
    let path = world.folders[1].path().join("blobs").join(format!("{}.blob", blob.id));
    let mut bytes = fs::read(&path).unwrap();
    bytes[600_000] ^= 1;
    fs::write(&path, &bytes).unwrap();
    // Found when it is to be passed on.
    world.cut(0, 1);
    world.want(2, &blob);
    world.link(1, 2);
    world.run();
    assert!(world.got(2, &blob).is_none() && world.got(1, &blob).is_none());
    assert!(!world.nodes[1].shelf().is_whole(&blob.id).unwrap());
    let before = world.carried;
    world.want(1, &blob);
    world.link(0, 1);
    world.carry(1000, |_, _| {});
    assert!(world.got(1, &blob).as_ref() == Some(&content));
    assert!(world.carried - before < 600_000, "{}", world.carried - before);
    world.run();
    assert!(world.got(2, &blob).is_some());
}
