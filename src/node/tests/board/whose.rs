//! Whose word a card's field is, where every member may write it.

use super::*;
use crate::node::tests::{
    cards::{add, edit},
    partners::two,
};

#[test]
fn what_a_member_writes_in_the_name_of_another_is_no_vote() {
    let (mut vereda, mut casa) = two();
    let (ours, theirs) = (vereda.node.org().to_string(), casa.node.org().to_string());
    let set = [("title", "Rivers"), ("votes/a/org", ours.as_str()), ("votes/a/rank", "4")];
    let made = vereda.card(add("priority", None, &set)).unwrap();
    let card = made.row.card;
    vereda.meet(&mut casa);
    let rank = |node: &mut Node| -> Vec<String> {
        let row = view(node, "who-does-what", Some("Alianza"), "priorities")[0].clone();
        vec![row[5].clone(), row[6].clone(), row[9].clone()]
    };
    assert_eq!(rank(&mut vereda.node), ["4.0", "1", "nobody_works_on_it"]);
    // The other writes both: its own counts, and what it wrote over or in another's name does not.
    casa.card(edit(&card, &[("votes/b/org", &theirs), ("votes/b/rank", "2")], &[])).unwrap();
    vereda.meet(&mut casa);
    for partner in [&mut vereda, &mut casa] {
        assert_eq!(rank(&mut partner.node), ["3.0", "2", "nobody_works_on_it"]);
    }
    let forged = [("votes/a/rank", "1"), ("votes/c/org", ours.as_str()), ("votes/c/rank", "1")];
    casa.card(edit(&card, &forged, &[])).unwrap();
    vereda.meet(&mut casa);
    for partner in [&mut vereda, &mut casa] {
        assert_eq!(rank(&mut partner.node), ["2.0", "1", "votes_of_others"]);
    }
    // Said again by itself, it counts again.
    vereda.card(edit(&card, &[("votes/a/rank", "4")], &[])).unwrap();
    vereda.meet(&mut casa);
    assert_eq!(rank(&mut casa.node)[1], "2", "but for what is written in its name besides");
}
