//! The mapping of a form: which answer becomes which field.

use super::{Answer, Question};

/// The mapping as TOML, in the form of `crate::exchange::Mapping`.
pub(super) fn mapping(id: &str, title: &str, questions: &[Question]) -> String {
    let mut text = format!(
        "mapping = 1\nname = \"{id}\"\ndescription = \"{title}\"\n\n[row]\nkey = \
         [\"meta/instanceID\"]\n\n[constants]\nstated_level = \"v0_reported\"\n"
    );
    for question in questions.iter().filter(|question| !question.to.is_empty()) {
        text.push_str(&rule(question));
    }
    if questions.iter().any(|question| question.part == "victims") {
        // One act for each person: what was done, to whom.
        text.push_str(
            "\n[[field]]\nto = \"acts/{part}/violation\"\nfrom = \"victims[*]/violation\"\nwith = \
             { \"acts/{part}/victim\" = \"{part}\" }\n",
        );
    }
    text
}

fn rule(question: &Question) -> String {
    let from = if question.part.is_empty() {
        question.name.to_owned()
    } else {
        format!("{}[*]/{}", question.part, question.name)
    };
    let mut text = format!("\n[[field]]\nto = \"{}\"\nfrom = \"{from}\"\n", question.to);
    match question.answer {
        Answer::Many(_) => text.push_str("split = \" \"\n"),
        Answer::Point => {
            text.push_str("take = \"point\"\nwith = { \"place/precision\" = \"exact\" }\n");
        }
        Answer::Date => text.push_str("dates = [\"iso\", \"timestamp\"]\n"),
        Answer::One(_) | Answer::Country | Answer::Admin1 => {}
        Answer::Text | Answer::Long | Answer::Photo | Answer::Audio => {}
    }
    match question.to {
        "consent/basis" => text.push_str("default = \"none_recorded\"\n"),
        "acts/1/violation" => text.push_str("default = \"unknown\"\n"),
        "victims/1/name" => text.push_str("with = { \"acts/1/victim\" = \"1\" }\n"),
        "interventions/{part}/type" => {
            text.push_str("with = { \"interventions/{part}/status\" = \"requested\" }\n");
        }
        _other => {}
    }
    text
}
