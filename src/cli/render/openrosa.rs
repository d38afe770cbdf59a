//! The door for phones: who may send, forms, and what came.

use super::table::{Column, Table, facts};
use crate::{
    api::openrosa::{NewPhone, Phone, PhoneForm, Submissions},
    cli::tongue::Tongue,
};

/// Why something is held, and the name of the text that says so.
const HELD: [(&str, &str); 6] = [
    ("unfinished", "openrosa-held-unfinished"),
    ("budget", "openrosa-held-budget"),
    ("other-phone", "openrosa-held-other-phone"),
    ("other-origin", "openrosa-held-other-origin"),
    ("looked-at", "openrosa-held-looked-at"),
    ("revoked", "openrosa-held-revoked"),
];

pub(super) fn phone(phone: &NewPhone, tongue: Tongue) -> String {
    let mut lines = vec![
        (tongue.word("openrosa-user"), phone.name.clone()),
        (tongue.word("openrosa-password"), phone.password.clone()),
    ];
    if let Some(settings) = &phone.settings {
        lines.push((tongue.word("openrosa-settings"), settings.clone()));
    }
    format!("{}\n{}\n", facts(&lines), tongue.word("openrosa-shown-once"))
}

pub(super) fn phones(list: &[Phone], tongue: Tongue) -> String {
    if list.is_empty() {
        return format!("{}\n", tongue.word("openrosa-no-users"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("openrosa-user")),
        Column::Whole(tongue.word("openrosa-since")),
        Column::Whole(tongue.word("openrosa-revoked")),
    ]);
    for Phone { name, since, revoked } in list {
        table.row([name.clone(), since.clone(), revoked.clone().unwrap_or_default()]);
    }
    table.render()
}

pub(super) fn forms(list: &[PhoneForm], tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Whole(tongue.word("openrosa-form")),
        Column::Text(tongue.word("openrosa-title")),
        Column::Whole(tongue.word("version")),
        Column::Whole(tongue.word("import-mapping")),
    ]);
    for PhoneForm { id, title, version, mapping } in list {
        let mapping = mapping.clone().unwrap_or_default();
        table.row([id.clone(), title.clone(), version.clone(), mapping]);
    }
    table.render()
}

pub(super) fn submissions(portion: &Submissions, tongue: Tongue) -> String {
    let Submissions { submissions: list, before } = portion;
    if list.is_empty() {
        return format!("{}\n", tongue.word("openrosa-nothing-came"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("openrosa-came")),
        Column::Whole(tongue.word("openrosa-user")),
        Column::Text(tongue.word("openrosa-form")),
        Column::Whole(tongue.word("id")),
        Column::Number(tongue.word("openrosa-files")),
        Column::Text(tongue.word("openrosa-became")),
    ]);
    for one in list {
        let became = match one.state.as_str() {
            "incident" => one.incident.map(|incident| incident.short()).unwrap_or_default(),
            "superseded" => tongue.word("openrosa-superseded").to_owned(),
            "encrypted" => tongue.word("openrosa-encrypted").to_owned(),
            "held" => {
                // A reason that a later version gives is shown as it is.
                let reason = one.reason.as_deref().unwrap_or_default();
                HELD.iter()
                    .find(|(word, _)| *word == reason)
                    .map_or_else(|| reason.to_owned(), |(_, name)| tongue.word(name).to_owned())
            }
            _unread => {
                let reason = one.reason.as_deref().unwrap_or_default();
                tongue.say("openrosa-unread", &[("reason", reason.into())])
            }
        };
        let files = one.files.len().to_string();
        let (on, by, form) = (one.on.clone(), one.by.clone(), one.form.clone());
        table.row([on, by, form, one.instance.clone(), files, became]);
    }
    let mut text = table.render();
    if let Some(before) = before {
        text.push_str(&tongue.say("openrosa-more", &[("before", before.to_string().into())]));
        text.push('\n');
    }
    text
}
