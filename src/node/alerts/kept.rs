//! The alerts as the watch keeps them: a list of many reads and judges none of them anew.

use crate::{
    model::{
        alert::SignedAlert,
        id::CircleId,
        registry::{Record, RecordKind},
        time::Timestamp,
    },
    node::{
        Node,
        alerts::{
            HeldAlert,
            watch::{Judged, Thread},
        },
    },
};

/// An alert as it is kept, with what holds of it.
#[derive(Debug)]
pub(in crate::node) struct Kept<'a> {
    pub(in crate::node) circle: CircleId,
    pub(in crate::node) signed: &'a SignedAlert,
    pub(in crate::node) judged: Judged,
    thread: &'a Thread,
}

impl Node {
    /// All alerts that could be read at the last look, as they are now.
    pub(in crate::node) fn kept_alerts(&self, now: Timestamp) -> impl Iterator<Item = Kept<'_>> {
        let watch = &self.alert_watch;
        watch.threads.iter().filter_map(move |((circle, _name), thread)| {
            let signed = &thread.alert.as_ref()?.signed;
            let judged = thread.judged.as_ref().and_then(|judged| judged.at(now));
            let anew = || self.judge_kept(thread, watch.rules.get(circle)?, now);
            let judged = judged.or_else(anew)?;
            Some(Kept { circle: *circle, signed, judged, thread })
        })
    }

    /// With all that its records say, if they are still there.
    pub(in crate::node) fn held_alert(&self, kept: &Kept<'_>) -> Option<HeldAlert> {
        let record = |kind, document| -> Option<Record> {
            Some(self.view.alarm(kind, &(kept.circle, document))?.1.record())
        };
        let document = kept.thread.alert.as_ref()?.document;
        let entries = kept.thread.entries.iter();
        let said = entries.clone().filter_map(|(document, signed)| {
            Some((signed.hash, record(RecordKind::AlertEntry, *document)?))
        });
        Some(HeldAlert {
            circle: kept.circle,
            document,
            record: record(RecordKind::Alert, document)?,
            signed: kept.signed.clone(),
            said: said.collect(),
            entries: entries.map(|(_document, signed)| signed.clone()).collect(),
        })
    }
}
