//! What people and programs of the same computer hand in: requests, lists, mappings; and the
//! decoder that bounds messages before it reads them.

use std::io::BufReader;

use ceiba::{
    api::{
        Request,
        control::protocol::{Reply, read_line, request_line},
    },
    exchange::{Mapping, read},
    wire::{bounded, log, membership, payload, sync, ticket},
};
use prost::Message;

/// A line of the control socket: a request that reads, reads again; so does a reply.
pub fn request(data: &[u8]) {
    if let Ok(request) = serde_json::from_slice::<Request>(data) {
        let line = request_line(&request).expect("it came in a line");
        let again = serde_json::from_slice::<Request>(&line);
        assert_eq!(again.expect("it was just written"), request);
    }
    if let Ok(reply) = Reply::from_line(data)
        && let Ok(line) = reply.to_line()
    {
        let again = Reply::from_line(&line).expect("it was just written");
        assert_eq!(again.to_line().expect("it was written before"), line);
    }
    let mut reader = BufReader::with_capacity(7, data);
    while let Ok(line) = read_line(&mut reader, 100) {
        assert!(line.len() <= 100 && !line.contains(&b'\n'));
    }
}

/// Requests and replies of several kinds.
pub fn request_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"command":"status"}"#,
        r#"{"command":"coalition-create","name":"Alianza"}"#,
        r#"{"command":"invite-create","coalition":null,"expires_in":60,"steward":true}"#,
        r#"{"answer":"invites","value":[]}"#,
        r#"{"error":{"kind":"refused","message":"no","hints":["ask"]}}"#,
        r#"{"progress":{"step":"rows","done":3,"total":9}}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

const MAPPING: &str = include_str!("../../examples/sample/casos-sinteticos.toml");

/// A list by the sample's mapping, or by a mapping of its own in front of a zero byte: each row is
/// accounted for, and reading again gives the same.
pub fn import(data: &[u8]) {
    let split = data.iter().position(|byte| *byte == 0);
    let (mapping, list) = split.map_or((MAPPING.as_bytes(), data), |at| {
        let (mapping, list) = data.split_at(at);
        (mapping, &list[1..])
    });
    let Ok(mapping) = std::str::from_utf8(mapping) else { return };
    let Ok(mapping) = Mapping::parse("fuzz.toml", mapping) else { return };
    let keyed = |bytes: &[u8]| *blake3::keyed_hash(&[9; 32], bytes).as_bytes();
    let Ok(import) = read(list, &mapping, &keyed) else { return };
    let summary = &import.summary;
    assert_eq!(summary.rows, summary.imported + summary.rejected);
    assert_eq!(summary.rows, import.rows.len() as u64);
    assert_eq!(summary.incidents, import.incidents.len() as u64);
    let again = read(list, &mapping, &keyed).expect("it read before");
    assert_eq!(again.incidents, import.incidents);
}

/// Rows of the sample, and small lists with mappings of their own.
pub fn import_seeds() -> Vec<Vec<u8>> {
    let sample = include_str!("../../examples/sample/casos-sinteticos.csv");
    let rows = |from: usize, count: usize| {
        let lines: Vec<&str> =
            sample.lines().take(1).chain(sample.lines().skip(from).take(count)).collect();
        lines.join("\n").into_bytes()
    };
    let mapping = "mapping = 1\nname = \"t\"\n[format]\nempty = [\"NA\"]\n[row]\nkey = [\"id\"]\n\
        [constants]\ncountry = \"CO\"\nsummary = \"-\"\ncounting_unit = \"individual\"\n\
        \"consent/basis\" = \"none_recorded\"\n\"acts/{row}/violation\" = \"killing\"\n\
        \"acts/{row}/victim\" = \"{row}\"\n[[field]]\nto = \"date\"\nfrom = \"day\"\ndates = [\"iso\"]\n\
        [[field]]\nto = \"victims/{row}/name\"\nfrom = \"name\"\n";
    let list = "id,name,day\n1,Ana Inventada,2024-05-03\n2,NA,2024-02-31\n";
    let own = [mapping.as_bytes(), &[0], list.as_bytes()].concat();
    vec![rows(1, 5), rows(47, 4), rows(120, 6), own]
}

/// What the bounded decoder takes is within the bounds, and is what prost reads.
///
/// First byte: which message, and how many fields it may have.
pub fn wire(data: &[u8]) {
    let Some((flags, bytes)) = data.split_first() else { return };
    let max_fields = usize::from(flags >> 3) * 8;
    match flags % 8 {
        0 => message::<payload::GrantSet>(bytes, max_fields),
        1 => message::<payload::Changes>(bytes, max_fields),
        2 => message::<ticket::Answer>(bytes, max_fields),
        3 => message::<sync::Frame>(bytes, max_fields),
        4 => message::<membership::Proposal>(bytes, max_fields),
        5 => message::<membership::ManifestCore>(bytes, max_fields),
        6 => message::<log::Run>(bytes, max_fields),
        _last => message::<log::ForkProof>(bytes, max_fields),
    }
}

fn message<M: Message + Default + PartialEq>(bytes: &[u8], max_fields: usize) {
    let Ok(message) = bounded::decode::<M>(bytes, 4096, max_fields) else { return };
    assert!(bytes.len() <= 4096);
    let plain = M::decode(bytes).expect("the bounded decoder took it");
    assert!(message == plain);
    assert!(M::decode(message.encode_to_vec().as_slice()).expect("just written") == message);
}

/// A message of each kind.
pub fn wire_seeds() -> Vec<Vec<u8>> {
    let changes = payload::Changes {
        document: vec![1; 16],
        schema: "incident/1".to_owned(),
        changes: vec![vec![2], vec![3]],
        ..payload::Changes::default()
    };
    let mut seeds = vec![[vec![0xf9], changes.encode_to_vec()].concat()];
    let sets = super::sealed::grant_set_seeds();
    seeds.extend(sets.into_iter().map(|bytes| [vec![0xf8], bytes].concat()));
    let runs = super::logs::run_seeds();
    seeds.extend(runs.into_iter().take(2).map(|bytes| [vec![0xfe], bytes].concat()));
    let forks = super::logs::fork_seeds();
    seeds.extend(forks.into_iter().take(1).map(|bytes| [vec![0xff], bytes].concat()));
    seeds.push([0xfb, 10, 2, 8, 1].to_vec());
    seeds
}
