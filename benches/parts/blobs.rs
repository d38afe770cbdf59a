//! Files of evidence against age on the same bytes, in memory: sealing with its digests, opening
//! with their check, and what a file of the shelf costs on the disk.

use std::{
    io::{Read as _, Write as _},
    iter,
};

use ceiba::blob::seal::{open, seal};
use criterion::{Criterion, Throughput};
use zeroize::Zeroizing;

/// Bytes of the file: a photo of a good camera, or some minutes of sound.
const BYTES: usize = 32 * 1024 * 1024;

fn content() -> Vec<u8> {
    let mut state = 1_u64;
    let byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    iter::repeat_with(byte).take(BYTES).collect()
}

pub(crate) fn blobs(c: &mut Criterion) {
    let content = content();
    let secret = || Zeroizing::new([7; 32]);
    let mut segments = Vec::new();
    let sealed = seal(secret(), content.as_slice(), |segment| {
        segments.push(segment.to_vec());
        Ok(())
    });
    let sealed = sealed.unwrap();
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public();
    let encrypt = || {
        let recipients = iter::once(&recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).unwrap();
        let mut out = Vec::with_capacity(BYTES + BYTES / 64);
        let mut writer = encryptor.wrap_output(&mut out).unwrap();
        writer.write_all(&content).unwrap();
        writer.finish().unwrap();
        out
    };
    let encrypted = encrypt();
    let mut group = c.benchmark_group("blob 32 MiB");
    group.throughput(Throughput::Bytes(BYTES as u64)).sample_size(10);
    group.bench_function("seal", |b| {
        b.iter(|| {
            let mut out = Vec::with_capacity(BYTES + BYTES / 8);
            let each = |segment: &[u8]| {
                out.extend_from_slice(segment);
                Ok(())
            };
            seal(secret(), content.as_slice(), each).unwrap()
        });
    });
    group.bench_function("age encrypt", |b| b.iter(encrypt));
    group.bench_function("open", |b| {
        b.iter(|| {
            let mut out = Vec::with_capacity(BYTES);
            let read = |segment: usize| Ok(segments.get(segment).cloned().unwrap_or_default());
            open(&sealed.reference, &sealed.manifest, read, &mut out).unwrap();
            out
        });
    });
    group.bench_function("age decrypt", |b| {
        b.iter(|| {
            let decryptor = age::Decryptor::new(encrypted.as_slice()).unwrap();
            let identities = iter::once(&identity as &dyn age::Identity);
            let mut out = Vec::with_capacity(BYTES);
            decryptor.decrypt(identities).unwrap().read_to_end(&mut out).unwrap();
            out
        });
    });
    group.finish();
}
