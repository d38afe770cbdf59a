//! Field teams' links: everything arrives, in the order that it should, at a bounded cost.

use std::time::Duration;

use super::radio::{Quality, Radio};
use crate::{
    model::id::{Incarnation, Lane, LogId},
    sync::{Input, Replica},
};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// 20 kbit/s, 800 ms, 5 % loss, a break every 30 s.
const TWO_G: Quality = Quality {
    bits_per_second: 20_000,
    delay: Duration::from_millis(800),
    loss: 5,
    up: Duration::from_secs(30),
    down: Duration::from_secs(3),
};

/// A satellite that is up for five minutes a day.
const SATELLITE: Quality = Quality {
    bits_per_second: 64_000,
    delay: Duration::from_millis(600),
    loss: 1,
    up: Duration::from_secs(300),
    down: Duration::from_secs(24 * 3600 - 300),
};

fn held(radio: &Radio, node: usize, circle: crate::model::id::CircleId, log: &LogId) -> u64 {
    radio.nodes[node].replica.position(&circle, log).tail.next_seq
}

#[test]
fn ten_records_cross_2g_at_little_more_than_their_bytes() {
    let mut sum = 0;
    for seed in 1..=8 {
        let (mut radio, circle) = Radio::new(2, seed);
        for _ in 0..10 {
            radio.write(0, circle, Lane::Record, 1024);
        }
        radio.link([0, 1], TWO_G, Duration::ZERO);
        let took = radio.until(HOUR, Radio::same).expect("all arrives");
        let percent = radio.report("2G, ten records", took);
        assert!(percent < 350 && took < Duration::from_secs(120), "{seed}: {percent} % {took:?}");
        sum += percent;
    }
    assert!(sum / 8 < 240, "{} % on average", sum / 8);
}

#[test]
fn a_backlog_crosses_2g_with_a_break_every_30_s_and_an_alert_overtakes_it() {
    for seed in 1..=4 {
        let (mut radio, circle) = Radio::new(2, seed);
        // Records one by one; and an import, whose entries have one signature each.
        for _ in 0..100 {
            radio.write(0, circle, Lane::Record, 700);
        }
        radio.write(0, circle, Lane::Record, 200 * 1024);
        let grant = radio.write(0, circle, Lane::Control, 3000);
        radio.link([0, 1], TWO_G, Duration::ZERO);
        // The grant comes first.
        radio.until(HOUR, |radio| held(radio, 1, circle, &grant) == 1).expect("the grant arrives");
        let record = LogId { lane: Lane::Record, ..grant };
        assert!(held(&radio, 1, circle, &record) < 40);
        // In the midst of the backlog somebody cries for help: it waits for one break at most.
        radio.until(HOUR, |radio| held(radio, 1, circle, &record) > 40).expect("records arrive");
        let alert = radio.write(0, circle, Lane::Alert, 500);
        let took = radio.until(HOUR, |radio| held(radio, 1, circle, &alert) == 1).unwrap();
        assert!(took < Duration::from_secs(60), "{seed}: the alert took {took:?}");
        let took = radio.until(HOUR, Radio::same).expect("all arrives");
        let percent = radio.report("2G, backlog", took);
        assert!(percent < 200, "{seed}: {percent} %");
        assert_eq!(radio.closed, []);
    }
}

#[test]
fn an_alert_overtakes_a_backlog_through_a_third_node_too() {
    for seed in 1..=3 {
        // Who raises it and who is to hear of it know only the one between them.
        let (mut radio, circle) = Radio::new(3, seed);
        for _ in 0..150 {
            radio.write(0, circle, Lane::Record, 700);
        }
        let quality = Quality { up: HOUR, ..TWO_G };
        radio.link([0, 1], quality, Duration::ZERO);
        radio.link([1, 2], quality, Duration::ZERO);
        let record = radio.nodes[0].replica.log(Lane::Record);
        let far = |radio: &Radio| held(radio, 2, circle, &record);
        radio.until(HOUR, |radio| far(radio) > 20).expect("records come through");
        let alert = radio.write(0, circle, Lane::Alert, 500);
        let took = radio.until(HOUR, |radio| held(radio, 2, circle, &alert) == 1).unwrap();
        let behind = far(&radio);
        assert!(behind < 120, "{seed}: {behind} records had come by then");
        assert!(took < Duration::from_secs(25), "{seed}: the alert took {took:?}");
        // And an answer comes back the same way, against the stream.
        let answer = radio.write(2, circle, Lane::Alert, 300);
        let took = radio.until(HOUR, |radio| held(radio, 0, circle, &answer) == 1).unwrap();
        assert!(took < Duration::from_secs(25), "{seed}: the answer took {took:?}");
        radio.until(HOUR, Radio::same).expect("all arrives");
    }
}

#[test]
fn what_is_small_does_not_wait_for_all_of_what_is_large() {
    let (mut radio, circle) = Radio::new(2, 1);
    let log = radio.nodes[0].replica.log(Lane::Record);
    let large = LogId { incarnation: Incarnation::new([0; 16]), ..log };
    for _ in 0..300 {
        radio.nodes[0].replica.write_to(circle, large, vec![3; 2000]);
    }
    let small = radio.write(0, circle, Lane::Record, 700);
    radio.link([0, 1], TWO_G, Duration::ZERO);
    radio.until(HOUR, |radio| held(radio, 1, circle, &small) == 1).expect("the small one arrives");
    assert!(held(&radio, 1, circle, &large) < 60);
    radio.until(HOUR, Radio::same).expect("all arrives");
}

#[test]
fn statements_cross_2g() {
    let (mut radio, circle) = Radio::new(2, 5);
    for number in 0..100 {
        radio.nodes[0].replica.add(circle, super::fake::filler(number));
        radio.payload_bytes += 405;
    }
    radio.link([0, 1], TWO_G, Duration::ZERO);
    let took = radio.until(HOUR, Radio::same).expect("all arrives");
    assert!(radio.report("2G, 100 statements", took) < 250);
}

#[test]
fn a_backlog_comes_through_a_window_of_five_minutes_a_day() {
    for seed in 1..=2 {
        let (mut radio, circle) = Radio::new(2, seed);
        for _ in 0..40 {
            radio.write(0, circle, Lane::Record, 60 * 1024);
        }
        radio.input(0, Input::Metered { on: true });
        radio.link([0, 1], SATELLITE, HOUR);
        let took = radio.until(5 * DAY, Radio::same).expect("all arrives");
        let percent = radio.report("satellite", took);
        assert!(percent < 130, "{seed}: {percent} %");
        // 8 kB/s for 300 s are 2.4 MB a day: no day is lost.
        assert!(took < 2 * DAY, "{seed}: {took:?}");
    }
}

#[test]
fn a_third_partner_passes_on_what_two_never_say_to_each_other() {
    let (mut radio, circle) = Radio::new(3, 1);
    for node in [0, 2] {
        for _ in 0..50 {
            radio.write(node, circle, Lane::Record, 1024);
        }
    }
    // The field team meets the partner in the morning, the office meets it in the evening; what
    // came in one run goes on in runs for the other link.
    let radio_link = Quality { up: Duration::from_secs(1200), down: DAY, loss: 2, ..TWO_G };
    radio.link([0, 1], radio_link, HOUR);
    radio.link([2, 1], radio_link, 12 * HOUR);
    let took = radio.until(3 * DAY, Radio::same).expect("all arrives");
    // Each payload crosses two links.
    let percent = radio.report("third partner", took);
    assert!(percent < 2 * 180, "{percent} %");
}

#[test]
#[expect(clippy::print_stdout, reason = "figures for people, with --nocapture")]
fn a_metered_side_is_told_of_growing_logs_together() {
    let count = |on: bool| {
        let (mut radio, circle) = Radio::new(2, 1);
        let steady = Quality { loss: 0, up: DAY, ..TWO_G };
        radio.input(1, Input::Metered { on });
        radio.link([0, 1], steady, Duration::ZERO);
        radio.until(Duration::from_secs(60), |_| false);
        let before = radio.frame_bytes;
        for _ in 0..60 {
            radio.write(0, circle, Lane::Record, 200);
            radio.until(Duration::from_secs(5), |_| false);
        }
        radio.until(Duration::from_secs(120), |_| false);
        assert!(radio.same());
        radio.frame_bytes - before
    };
    let (metered, free) = (count(true), count(false));
    println!("60 records in 5 minutes: {free} B of frames, metered {metered} B");
    assert!(metered * 3 < free * 2, "{metered} and {free} bytes");
}

#[test]
#[expect(clippy::print_stdout, reason = "figures for people, with --nocapture")]
fn what_travels_is_in_order_of_its_urgency() {
    for seed in 1..=8 {
        let (mut radio, circle) = Radio::new(2, seed);
        // Written in the opposite order: an import of long records, a small one, an alert, a grant,
        // a decision.
        let log = radio.nodes[0].replica.log(Lane::Record);
        let long = LogId { incarnation: Incarnation::new([0; 16]), ..log };
        for _ in 0..100 {
            radio.nodes[0].replica.write_to(circle, long, vec![3; 3000]);
        }
        let small = radio.write(0, circle, Lane::Record, 700);
        let alert = radio.write(0, circle, Lane::Alert, 500);
        let grant = radio.write(0, circle, Lane::Control, 900);
        let decision = radio.nodes[0].replica.add(circle, super::fake::filler(7));
        radio.link([0, 1], TWO_G, Duration::ZERO);
        let begin = radio.now;
        let mut came = Vec::new();
        let decided =
            |radio: &Radio| radio.nodes[1].replica.contents()[&circle].0.contains(&decision);
        radio.until(HOUR, decided).expect("the decision arrives");
        came.push(radio.now.saturating_since(begin));
        for (what, count) in [(grant, 1), (alert, 1), (small, 1), (long, 100)] {
            radio.until(HOUR, |radio| held(radio, 1, circle, &what) >= count).expect("it arrives");
            came.push(radio.now.saturating_since(begin));
            // Until it came, nothing of what is less urgent than the small ones was whole.
            let rest = held(&radio, 1, circle, &long);
            assert!(what == long || rest < 20, "{seed}: {rest} long ones before");
        }
        println!("order on 2G (decision, grant, alert, small, all): {came:?}");
        assert!(came.is_sorted(), "{seed}: {came:?}");
        assert!(came[3] < came[4] / 3, "{seed}: {came:?}");
        // They were not only noticed in this order, but came so.
        let frames = radio.arrivals(1);
        let first = |lane| frames.iter().position(|it| *it == lane).expect("it came");
        assert!(first(Lane::Control) < first(Lane::Alert), "{seed}: {frames:?}");
        assert!(first(Lane::Alert) < first(Lane::Record), "{seed}: {frames:?}");
    }
}

#[test]
fn a_run_that_breaks_off_goes_on_where_it_was() {
    for seed in 1..=4 {
        let (mut radio, circle) = Radio::new(2, seed);
        // One signature for all of it: three minutes at least, with a break every half.
        radio.write(0, circle, Lane::Record, 300 * 1024);
        radio.link([0, 1], TWO_G, Duration::ZERO);
        let took = radio.until(HOUR, Radio::same).expect("it arrives");
        radio.report("2G, one run of 300 KiB", took);
        assert!(radio.breaks >= 4);
        // What a break costs is what was under way, and a new greeting.
        let beyond = radio.frame_bytes - radio.payload_bytes;
        assert!(beyond < radio.breaks * 14 * 1024, "{seed}: {beyond} B, {} breaks", radio.breaks);
    }
}

#[test]
fn a_run_outlasts_a_silence_without_a_break() {
    let steady = Quality { up: DAY, ..TWO_G };
    for seed in 1..=4 {
        for silence in [30, 50] {
            let (mut radio, circle) = Radio::new(2, seed);
            radio.write(0, circle, Lane::Record, 300 * 1024);
            radio.link([0, 1], steady, Duration::ZERO);
            assert_eq!(radio.until(Duration::from_secs(60), Radio::same), None);
            radio.silence(0, Duration::from_secs(silence));
            let took = radio.until(HOUR, Radio::same).expect("it arrives");
            radio.report("2G, one run of 300 KiB, a silence", took);
            assert_eq!((radio.breaks, radio.closed.as_slice()), (0, [].as_slice()), "{seed}");
            // What the silence costs is what was under way when the run was asked for again.
            let beyond = radio.frame_bytes - radio.payload_bytes;
            assert!(beyond < 32 * 1024, "{seed}: {beyond} B beyond the run, {took:?}");
        }
    }
}

#[test]
fn ten_records_over_a_running_session_cost_little_more_than_their_payloads() {
    let steady = Quality { up: DAY, ..TWO_G };
    let (mut radio, circle) = Radio::new(2, 3);
    radio.link([0, 1], steady, Duration::ZERO);
    radio.write(0, circle, Lane::Record, 1024);
    radio.until(HOUR, Radio::same).expect("the first arrives");
    radio.until(Duration::from_secs(60), |_| false);
    (radio.wire_bytes, radio.frame_bytes, radio.payload_bytes) = (0, 0, 0);
    for _ in 0..10 {
        radio.write(0, circle, Lane::Record, 1024);
    }
    let took = radio.until(HOUR, Radio::same).expect("all arrives");
    radio.until(Duration::from_secs(120), |_| false);
    let percent = radio.report("2G, ten records in a running session", took);
    assert!(percent < 160, "{percent} %");
}
