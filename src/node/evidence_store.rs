//! Sealed files of evidence in an S3-compatible store, where this ceiba was built with the feature
//! `s3`.

use crate::{
    api::{Answer, ApiError, Progress, evidence::StorePlace},
    node::Handle,
};

#[cfg(not(feature = "s3"))]
impl Handle {
    /// Says that this ceiba cannot.
    #[expect(clippy::unused_async, reason = "the same signature as with the feature")]
    pub(super) async fn store_evidence(
        &self,
        _item: String,
        _place: StorePlace,
        (_fetch, _free): (bool, bool),
        _progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<Answer, ApiError> {
        Err(crate::node::errors::usage("this ceiba was built without stores of files")
            .hint("build it with `cargo build --release --features s3`")
            .named("evidence-without-s3", &[]))
    }
}

#[cfg(feature = "s3")]
mod with_s3 {
    use zeroize::Zeroizing;

    use super::{Answer, ApiError, Handle, Progress, StorePlace};
    use crate::{
        api::ErrorKind,
        blob::remote::{Credentials, Place, Remote, RemoteError},
        node::errors,
    };

    /// Bytes of a file with credentials.
    const MAX_CREDENTIALS: u64 = 4096;

    impl Handle {
        /// Keeps an item's sealed file in a store, or fetches it from there.
        pub(in crate::node) async fn store_evidence(
            &self,
            item: String,
            place: StorePlace,
            (fetch, free): (bool, bool),
            progress: impl Fn(Progress) + Send + Sync + 'static,
        ) -> Result<Answer, ApiError> {
            let (found, shelf) = self
                .with(move |node| {
                    let found = node.find_item(&item)?;
                    Ok::<_, ApiError>((found, node.sealing().shelf))
                })
                .await??;
            let (blob, _circle) =
                found.blob(false).ok_or_else(|| errors::not_found("the item has no file"))?;
            let credentials = credentials(&place)?;
            let StorePlace { bucket, prefix, endpoint, region, credentials: _ } = place;
            let remote = Remote::open(Place { bucket, prefix, endpoint, region }, &credentials)?;
            if fetch {
                let told = move |done, all| progress(Progress::of("fetching the file", done, all));
                remote.get(&shelf, &blob.id, told).await?;
            } else {
                let told = |done, all| progress(Progress::of("storing the file", done, all));
                remote.put(&shelf, &blob.id, &told).await?;
                if free {
                    let told =
                        move |done, all| progress(Progress::of("reading it back", done, all));
                    remote.verify(&shelf, &blob.id, told).await?;
                    shelf.free(&blob.id)?;
                }
            }
            Ok(Answer::Evidence(vec![self.with(move |node| node.item(&found)).await??]))
        }
    }

    impl From<RemoteError> for ApiError {
        fn from(error: RemoteError) -> Self {
            match error {
                RemoteError::Shelf(error) => error.into(),
                RemoteError::NotHere => errors::not_found("the file is not here as a whole")
                    .hint("fetch it first with `ceiba evidence get`"),
                RemoteError::Address => errors::usage(errors::sentence(&error))
                    .hint("for example --endpoint https://s3.example.org"),
                RemoteError::Store(_) | RemoteError::Damaged => {
                    Self::new(ErrorKind::Network, errors::sentence(&error))
                        .hint("look at the bucket's name, the address and the credentials")
                }
            }
        }
    }

    fn credentials(place: &StorePlace) -> Result<Credentials, ApiError> {
        let missing = || {
            errors::usage("no credentials for the store")
                .hint("--credentials FILE: two lines, the key's name and the key")
                .hint("or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the node's environment")
        };
        if let Some(path) = &place.credentials {
            let about = std::fs::metadata(path);
            let small = about.is_ok_and(|about| about.is_file() && about.len() <= MAX_CREDENTIALS);
            let text = small.then(|| std::fs::read_to_string(path).ok()).flatten();
            let text = Zeroizing::new(text.ok_or_else(missing)?);
            return Credentials::parse(&text).ok_or_else(missing);
        }
        let named = |name| std::env::var(name).ok().map(Zeroizing::new);
        let (id, secret) = (named("AWS_ACCESS_KEY_ID"), named("AWS_SECRET_ACCESS_KEY"));
        match (id, secret) {
            (Some(id), Some(secret)) => Ok(Credentials { id, secret }),
            _missing => Err(missing()),
        }
    }
}
