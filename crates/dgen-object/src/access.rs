//! How a store is reached.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Once};
use std::time::Duration;

use dgen::{Error, ErrorKind, Result};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use crate::location::{Location, Scheme};
use crate::profile;
use crate::report::Traffic;
use crate::requests::{Connector, Requests};

/// How often a request is made again, unless said.
pub const DEFAULT_RETRIES: usize = 4;
/// Most times that a request is made again.
pub const MAX_RETRIES: usize = 1000;
/// How long one request may take, unless said.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);
/// Where the emulators of Google's storage are said to listen, by the convention of its clients.
const GOOGLE_EMULATOR: &str = "STORAGE_EMULATOR_HOST";

/// A checksum that S3 compares with what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-256.
    Sha256,
    /// CRC-64/NVME, which S3 itself prefers.
    Crc64Nvme,
}

impl FromStr for Checksum {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "sha256" => Ok(Self::Sha256),
            "crc64nvme" => Ok(Self::Crc64Nvme),
            _ => Err(Error::invalid("checksum", format_args!("`{text}`"), "sha256, crc64nvme")),
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "sha256",
            Self::Crc64Nvme => "crc64nvme",
        })
    }
}

impl From<Checksum> for object_store::aws::Checksum {
    fn from(checksum: Checksum) -> Self {
        match checksum {
            Checksum::Sha256 => Self::SHA256,
            Checksum::Crc64Nvme => Self::CRC64NVME,
        }
    }
}

/// How a store is reached. What is not said here is taken from the environment, as the clients of each store do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Access {
    /// The URL of the service; `None` for what the environment says, or else that of the provider.
    pub endpoint: Option<String>,
    /// The region of S3.
    pub region: Option<String>,
    /// Whether the bucket stands in the name of S3's host, instead of in the path.
    pub virtual_hosted: bool,
    /// Whether to sign nothing: for buckets that are open to all.
    pub anonymous: bool,
    /// Whether S3 requests are signed without a hash of what they carry, which saves the time for it.
    pub unsigned_payload: bool,
    /// A checksum that is sent with each request to S3, and compared there.
    pub checksum: Option<Checksum>,
    /// How often a request is made again, with growing pauses, 0 to [`MAX_RETRIES`].
    pub retries: usize,
    /// How long one request may take.
    pub timeout: Duration,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: None,
            virtual_hosted: false,
            anonymous: false,
            unsigned_payload: false,
            checksum: None,
            retries: DEFAULT_RETRIES,
            timeout: DEFAULT_TIMEOUT,
        }
    }
}

/// A store that is reached.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) location: Location,
    pub(crate) requests: Arc<Requests>,
}

impl Target {
    pub(crate) fn open(location: &Location, access: &Access) -> Result<Self> {
        let requests = Arc::new(Requests::default());
        let value = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let store = access.store(location, &requests, &value)?;
        Ok(Self { store, location: location.clone(), requests })
    }

    /// What is reported of the requests up to now.
    pub(crate) fn traffic(&self, concurrency: usize, part_size: u64, threads: usize) -> Traffic {
        Traffic {
            requests: self.requests.all(),
            requests_failed: self.requests.failed(),
            concurrency,
            part_size,
            threads,
            url: self.location.to_string(),
        }
    }

    /// What a failed request means; `action` is a verb.
    pub(crate) fn failed(&self, action: &str, key: &Path, at: Option<u64>, error: &object_store::Error) -> Error {
        let source = std::io::Error::other(one_line(error));
        Error::io(action, self.location.url(key), at, source)
    }
}

impl Access {
    fn store(
        &self,
        location: &Location,
        requests: &Arc<Requests>,
        value: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Arc<dyn ObjectStore>> {
        install_provider();
        let bucket = location.bucket();
        let fail = |error: object_store::Error| {
            Error::new(
                ErrorKind::Usage,
                format!("{location}: the store is not reached like this: {}", one_line(&error)),
            )
        };
        let connector = Connector(Arc::clone(requests));
        Ok(match location.scheme() {
            Scheme::S3 => {
                let mut builder = profile::complete(AmazonS3Builder::from_env(), value)?;
                if let Some(region) = &self.region {
                    builder = builder.with_region(region);
                }
                if let Some(endpoint) = &self.endpoint {
                    builder = builder.with_endpoint(endpoint);
                }
                if let Some(checksum) = self.checksum {
                    builder = builder.with_checksum_algorithm(checksum.into());
                }
                if self.virtual_hosted {
                    builder = builder.with_virtual_hosted_style_request(true);
                }
                if self.anonymous {
                    builder = builder.with_skip_signature(true);
                }
                if self.unsigned_payload {
                    builder = builder.with_unsigned_payload(true);
                }
                let builder = builder.with_bucket_name(bucket).with_http_connector(connector);
                Arc::new(builder.with_retry(self.retry()).with_client_options(self.client()).build().map_err(fail)?)
            }
            Scheme::Gs => {
                self.only_s3(location)?;
                let mut builder = GoogleCloudStorageBuilder::from_env();
                let emulator = value(GOOGLE_EMULATOR);
                if let Some(endpoint) = self.endpoint.as_ref().or(emulator.as_ref()) {
                    let scheme = if endpoint.contains("://") { "" } else { "http://" };
                    builder = builder.with_base_url(&format!("{scheme}{endpoint}"));
                }
                if self.anonymous || emulator.is_some() {
                    builder = builder.with_skip_signature(true);
                }
                let builder = builder.with_bucket_name(bucket).with_http_connector(connector);
                Arc::new(builder.with_retry(self.retry()).with_client_options(self.client()).build().map_err(fail)?)
            }
            Scheme::Az => {
                self.only_s3(location)?;
                let mut builder = MicrosoftAzureBuilder::from_env();
                if let Some(endpoint) = &self.endpoint {
                    builder = builder.with_endpoint(endpoint.clone());
                }
                if self.anonymous {
                    builder = builder.with_skip_signature(true);
                }
                let builder = builder.with_container_name(bucket).with_http_connector(connector);
                Arc::new(builder.with_retry(self.retry()).with_client_options(self.client()).build().map_err(fail)?)
            }
            Scheme::File => {
                self.only_s3(location)?;
                if self.endpoint.is_some() || self.anonymous {
                    let option = if self.anonymous { "anonymous" } else { "endpoint" };
                    return Err(Error::new(ErrorKind::Usage, "files of this machine have none").of(option));
                }
                Arc::new(LocalFileSystem::new())
            }
        })
    }

    /// Refuses what other stores than S3 do not have.
    fn only_s3(&self, location: &Location) -> Result<()> {
        let asked = [
            ("region", self.region.is_some()),
            ("virtual hosted", self.virtual_hosted),
            ("unsigned payload", self.unsigned_payload),
            ("checksum", self.checksum.is_some()),
        ];
        match asked.into_iter().find(|(_, asked)| *asked) {
            Some((option, _)) => {
                Err(Error::new(ErrorKind::Usage, format!("{location} has none: it is for s3://")).of(option))
            }
            None => Ok(()),
        }
    }

    fn retry(&self) -> RetryConfig {
        let retry_timeout = self.timeout.saturating_mul(u32::try_from(self.retries + 1).unwrap_or(u32::MAX));
        RetryConfig { backoff: BackoffConfig::default(), max_retries: self.retries, retry_timeout }
    }

    fn client(&self) -> ClientOptions {
        // Endpoints of networks of one's own often have no certificates.
        ClientOptions::new().with_timeout(self.timeout).with_allow_http(true)
    }
}

/// Chooses who does cryptography for TLS, once per process.
fn install_provider() {
    static ONCE: Once = Once::new();
    // Another part of the program may have chosen: that is as good.
    ONCE.call_once(|| _ = rustls::crypto::ring::default_provider().install_default());
}

/// What an error says, with what answers of servers have in many lines.
fn one_line(error: &object_store::Error) -> String {
    let text = error.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(url: &str, access: &Access, variables: &[(&str, &str)]) -> Result<Arc<dyn ObjectStore>> {
        let value = |name: &str| variables.iter().find(|known| known.0 == name).map(|known| known.1.to_owned());
        access.store(&url.parse()?, &Arc::default(), &value)
    }

    #[test]
    fn every_store_is_opened_as_it_is_reached() {
        let mut access = Access { anonymous: true, ..Access::default() };
        let of = |access: &Access, url: &str| format!("{:?}", opened(url, access, &[]).unwrap());
        assert!(of(&access, "gs://bucket/x").contains("storage.googleapis.com"));
        assert!(of(&Access::default(), "file:///tmp").contains("LocalFileSystem"));
        access.endpoint = Some("http://there:9000".to_owned());
        let s3 = of(&access, "s3://bucket/x");
        assert!(s3.contains("http://there:9000/bucket"), "{s3}");
        assert!(of(&access, "gs://bucket/x").contains("http://there:9000"));
        access.virtual_hosted = true;
        let emulated = opened("gs://bucket/x", &Access::default(), &[("STORAGE_EMULATOR_HOST", "near:4443")]).unwrap();
        assert!(format!("{emulated:?}").contains("http://near:4443"));
    }

    #[test]
    fn what_a_store_has_not_is_refused() {
        let checksum = Access { checksum: Some(Checksum::Sha256), ..Access::default() };
        let error = opened("gs://bucket/x", &checksum, &[]).unwrap_err().to_string();
        assert!(error.contains("checksum"), "{error}");
        let endpoint = Access { endpoint: Some("http://there".to_owned()), ..Access::default() };
        let error = opened("file:///tmp/x", &endpoint, &[]).unwrap_err().to_string();
        assert!(error.contains("endpoint"), "{error}");
        // An account is missing.
        let error = opened("az://container/x", &Access::default(), &[]).unwrap_err().to_string();
        assert!(error.contains("az://container/x"), "{error}");
        assert!("md5".parse::<Checksum>().is_err());
        assert_eq!("crc64nvme".parse::<Checksum>().unwrap().to_string(), "crc64nvme");
    }
}
