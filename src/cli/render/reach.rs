//! Who holds what, by what partners have signed.

use super::{
    table::{Column, Table, bullets},
    words,
};
use crate::{
    api::reach::{Doubt, Holder, NotHeld, Reach, ReachState},
    cli::tongue::Tongue,
};

/// Who holds the newest version of each document of an incident.
pub(super) fn of_incident(reached: &[Reach], tongue: Tongue) -> String {
    if reached.is_empty() {
        return String::new();
    }
    let sentences: Vec<String> = reached.iter().map(|reach| sentence(reach, tongue)).collect();
    format!("\n{}\n{}", tongue.word("reached-by-signature"), bullets(&sentences))
}

/// `Defensa: reached 7 of 9 partners; sent to Red Sur, not confirmed; waiting: Casa Norte since …`
fn sentence(reach: &Reach, tongue: Tongue) -> String {
    let circle = words::circle(&reach.circle, reach.circle_name.as_ref());
    let mut parts = Vec::new();
    if reach.partners > 0 {
        let given = [("confirmed", reach.confirmed.into()), ("partners", reach.partners.into())];
        parts.push(tongue.say("reached-of", &given));
    }
    let own = reach.holders.iter().filter(|holder| holder.own).flat_map(|holder| &holder.devices);
    let has_all = own.clone().filter(|device| device.state == ReachState::Confirmed).count();
    if own.clone().count() > 0 {
        let given = [("confirmed", has_all.into()), ("devices", own.count().into())];
        parts.push(tongue.say("reached-own", &given));
    }
    let partners = || reach.holders.iter().filter(|holder| !holder.own);
    let of = |state: ReachState| partners().filter(move |holder| holder.state == state);
    let sent: Vec<String> = of(ReachState::Sent).map(name).collect();
    if !sent.is_empty() {
        parts.push(tongue.say("reached-sent", &[("names", sent.join(", ").into())]));
    }
    let waiting: Vec<String> =
        of(ReachState::Waiting).map(|holder| since(holder, tongue)).collect();
    if !waiting.is_empty() {
        parts.push(tongue.say("reached-waiting", &[("names", waiting.join(", ").into())]));
    }
    format!("{circle}: {}", parts.join("; "))
}

/// What each partner lacks of each circle, and what else the receipts tell.
pub(super) fn of_circles(reached: &[Reach], tongue: Tongue) -> String {
    if reached.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        Column::Text(tongue.word("circle")),
        Column::Text(tongue.word("organisation")),
        Column::Number(tongue.word("lacks")),
        Column::Text(tongue.word("waits-since")),
        Column::Text(tongue.word("state")),
    ]);
    let (mut sentences, mut rows) = (Vec::new(), 0_usize);
    for reach in reached {
        let circle = words::circle(&reach.circle, reach.circle_name.as_ref());
        let lacking = |it: &&Holder| it.state != ReachState::Confirmed && it.lacks > 0;
        for holder in reach.holders.iter().filter(lacking) {
            rows = rows.saturating_add(1);
            table.row([
                circle.clone(),
                name(holder),
                holder.lacks.to_string(),
                holder.since.map(words::moment).unwrap_or_default(),
                state(holder, tongue).to_owned(),
            ]);
        }
        let circle = circle.as_str();
        sentences.extend(reach.not_held.iter().map(|it| not_held(it, circle, tongue)));
        sentences.extend(reach.doubts.iter().map(|it| doubt(it, circle, tongue)));
    }
    let mut text = format!("\n{}\n", tongue.word("confirmed-by-partners"));
    text.push_str(&if rows == 0 {
        bullets(&[tongue.word("all-confirmed").to_owned()])
    } else {
        table.render()
    });
    text.push_str(&bullets(&sentences));
    text
}

fn state(holder: &Holder, tongue: Tongue) -> &'static str {
    let has_word = holder.devices.iter().any(|device| device.receipt.is_some());
    tongue.word(match holder.state {
        ReachState::Confirmed => "holder-confirmed",
        ReachState::Sent => "holder-sent",
        ReachState::Waiting if has_word => "holder-behind",
        ReachState::Waiting => "holder-silent",
    })
}

fn name(holder: &Holder) -> String {
    words::org(&holder.org, holder.org_name.as_ref())
}

fn since(holder: &Holder, tongue: Tongue) -> String {
    let name = name(holder);
    match holder.since {
        None => name,
        Some(since) => {
            let given = [("name", name.into()), ("time", words::moment(since).into())];
            tongue.say("waits-since-time", &given)
        }
    }
}

fn writer(org: Option<&crate::model::id::OrgId>, name: Option<&String>, device: &str) -> String {
    org.map_or_else(|| device.to_owned(), |org| words::org(org, name))
}

fn not_held(not_held: &NotHeld, circle: &str, tongue: Tongue) -> String {
    let device = not_held.writer.short();
    let writer = writer(not_held.writer_org.as_ref(), not_held.writer_name.as_ref(), &device);
    let said_by = words::org(&not_held.said_by, not_held.said_by_name.as_ref());
    let given = [
        ("circle", circle.into()),
        ("entries", not_held.entries.into()),
        ("writer", writer.into()),
        ("partner", said_by.into()),
    ];
    tongue.say("exists-not-held", &given)
}

fn doubt(doubt: &Doubt, circle: &str, tongue: Tongue) -> String {
    let device = doubt.writer.short();
    let writer = writer(doubt.writer_org.as_ref(), doubt.writer_name.as_ref(), &device);
    let said_by = words::org(&doubt.said_by, doubt.said_by_name.as_ref());
    let given = [
        ("circle", circle.into()),
        ("seq", doubt.seq.into()),
        ("writer", writer.into()),
        ("partner", said_by.into()),
    ];
    tongue.say("names-another-entry", &given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::reach::HolderDevice,
        model::{
            id::{CircleId, DeviceId, OrgId},
            time::Timestamp,
        },
    };

    fn holder(number: u8, name: &str, state: ReachState, lacks: u64) -> Holder {
        let since = (lacks > 0).then(|| Timestamp::from_millis(1_763_600_000_000));
        let receipt = (state != ReachState::Waiting).then_some(3);
        let device = DeviceId::new([number; 32]);
        Holder {
            org: OrgId::new([number; 32]),
            org_name: Some(name.to_owned()),
            own: false,
            state,
            lacks,
            since,
            devices: vec![HolderDevice { device, state, lacks, since, receipt }],
        }
    }

    fn reach() -> Reach {
        Reach {
            circle: CircleId::new([0xc1; 32]),
            circle_name: Some("Defensa".to_owned()),
            partners: 3,
            confirmed: 1,
            holders: vec![
                holder(1, "Red Sur", ReachState::Confirmed, 0),
                holder(2, "Casa Norte", ReachState::Waiting, 4),
                holder(3, "Mesa Este", ReachState::Sent, 1),
            ],
            not_held: vec![NotHeld {
                writer: DeviceId::new([9; 32]),
                writer_org: None,
                writer_name: None,
                entries: 5,
                said_by: OrgId::new([1; 32]),
                said_by_name: Some("Red Sur".to_owned()),
            }],
            doubts: Vec::new(),
        }
    }

    #[test]
    fn an_incident_says_whom_it_reached_and_who_waits() {
        let text = of_incident(&[reach()], Tongue::default());
        assert_eq!(
            text,
            "
On disk at partners, by their own signatures; not that it could be opened there, or that somebody has read it
  - Defensa: 1 of 3 partners have confirmed it; sent and not confirmed: Mesa Este; waiting: Casa
    Norte since 2025-11-20 00:53 UTC
"
        );
        assert_eq!(of_incident(&[], Tongue::default()), "");
    }

    #[test]
    fn a_status_says_what_each_partner_lacks() {
        let text = of_circles(&[reach()], Tongue::default());
        for part in [
            "Defensa  Casa Norte          4  2025-11-20 00:53 UTC  no word from it yet\n",
            "Defensa  Mesa Este           1  2025-11-20 00:53 UTC  sent, not confirmed\n",
            "5 entries by 09090909 exist by the word of Red Sur and are not held here",
        ] {
            assert!(text.contains(part), "{part}\n---\n{text}");
        }
        assert!(!text.contains("Red Sur  "), "{text}");
    }
}
