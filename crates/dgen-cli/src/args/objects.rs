//! The options of objects in stores, on the commands that take `s3://` and its like.

use std::time::Duration;

use clap::Args;
use dgen::{Error, ErrorKind, Result};
use dgen_dataset::{Shape, Sizes};
use dgen_object::{
    Access, Checksum, DEFAULT_CONCURRENCY, DEFAULT_RETRIES, DEFAULT_TIMEOUT, MAX_CONCURRENCY, MAX_OBJECTS, MAX_RETRIES,
};

use super::values;

/// How a store is reached, and how much of it at a time.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Objects")]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub(crate) struct AccessArgs {
    /// Requests in flight, 1 to 4096 [default: 16]
    #[arg(long, value_name = "N", value_parser = values::number("concurrency", 1, MAX_CONCURRENCY), allow_hyphen_values = true)]
    concurrency: Option<usize>,

    /// Most bytes of a request, 5MiB to 5GiB where parts are written; larger objects are moved in parts [default: 8MiB, or
    /// what makes 10000 parts of the largest object]
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("part size"), allow_hyphen_values = true)]
    pub(crate) part_size: Option<u64>,

    /// The URL of the service, such as http://127.0.0.1:9000 [default: as the environment says, or the provider's]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,

    /// The region of S3 [default: as the environment and ~/.aws/config say]
    #[arg(long, value_name = "NAME")]
    region: Option<String>,

    /// Put the bucket in the name of S3's host, instead of in the path
    #[arg(long)]
    virtual_hosted: bool,

    /// Sign nothing: for buckets that are open to all
    #[arg(long)]
    anonymous: bool,

    /// Sign requests to S3 without a hash of what they carry, which saves the time for it
    #[arg(long)]
    unsigned_payload: bool,

    /// Send a checksum that S3 compares: sha256 or crc64nvme [default: none beside the signature's]
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Checksum>)]
    checksum: Option<Checksum>,

    /// How often a request that the store could not serve is made again, 0 to 1000, with growing pauses [default: 4]
    #[arg(long, value_name = "N", value_parser = values::number("retries", 0, MAX_RETRIES), allow_hyphen_values = true)]
    retries: Option<usize>,

    /// How long one request may take: 500ms, 30s, 5m [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = values::duration("request timeout"), allow_hyphen_values = true)]
    request_timeout: Option<Duration>,
}

impl AccessArgs {
    pub(crate) fn access(&self) -> Access {
        let mut access = Access::default();
        access.endpoint.clone_from(&self.endpoint);
        access.region.clone_from(&self.region);
        access.virtual_hosted = self.virtual_hosted;
        access.anonymous = self.anonymous;
        access.unsigned_payload = self.unsigned_payload;
        access.checksum = self.checksum;
        access.retries = self.retries.unwrap_or(DEFAULT_RETRIES);
        access.timeout = self.request_timeout.unwrap_or(DEFAULT_TIMEOUT);
        access
    }

    pub(crate) fn concurrency(&self) -> usize {
        self.concurrency.unwrap_or(DEFAULT_CONCURRENCY)
    }

    /// Refuses what files do not have.
    pub(crate) fn check_files(&self) -> Result<()> {
        if *self == Self::default() {
            return Ok(());
        }
        let message = "options of objects (--concurrency to --request-timeout) are for s3://, gs://, az:// and file://";
        Err(Error::new(ErrorKind::Usage, message))
    }
}

/// Which objects a set has.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Objects")]
pub(crate) struct ObjectArgs {
    /// Objects, 1 to 1000000: with --size, parts of equal size, else each of --object-size; their keys are PATH/dgen-000000
    /// and so on [default: one, PATH]
    #[arg(long, value_name = "N", value_parser = values::number("objects", 1, MAX_OBJECTS), allow_hyphen_values = true)]
    objects: Option<usize>,

    /// Bytes of each object: 1MiB; 4KiB:64MiB (drawn, each octave as likely as the others); uniform:1MiB:2MiB (drawn, each
    /// size as likely)
    #[arg(long, value_name = "SIZES", value_parser = sizes, allow_hyphen_values = true)]
    object_size: Option<Sizes>,
}

fn sizes(text: &str) -> Result<Sizes> {
    text.parse().map_err(|error: Error| error.of("object size"))
}

impl ObjectArgs {
    /// What is asked for, with the bytes of all; `None` where nothing is.
    pub(crate) fn shape(self, size: Option<u64>) -> Result<Option<Shape>> {
        let count = self.objects.map(|count| count as u64);
        Ok(Some(match (size, count, self.object_size) {
            (Some(size), count, None) => Shape::Parts { count: count.unwrap_or(1), size },
            (Some(size), None, Some(sizes)) => Shape::Total { size, sizes },
            (None, count, Some(sizes)) => Shape::Files { count: count.unwrap_or(1), sizes },
            (None, None, None) => return Ok(None),
            (Some(_), Some(_), Some(_)) => {
                let message = "--size, --objects and --object-size say too much: give two of them";
                return Err(Error::new(ErrorKind::Usage, message));
            }
            (None, Some(_), None) => {
                let message = "--objects needs --object-size, or --size";
                return Err(Error::new(ErrorKind::Usage, message));
            }
        }))
    }

    /// Refuses what files do not have.
    pub(crate) fn check_files(self) -> Result<()> {
        if self == Self::default() {
            return Ok(());
        }
        let message = "--objects and --object-size are for s3://, gs://, az:// and file://; a folder takes --files";
        Err(Error::new(ErrorKind::Usage, message))
    }
}
