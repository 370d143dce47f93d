//! Requests counted as they go to the store, those that are made again among them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};

/// Counts of one operation.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    all: AtomicU64,
    failed: AtomicU64,
}

impl Requests {
    /// Requests that were sent.
    pub(crate) fn all(&self) -> u64 {
        self.all.load(Ordering::Relaxed)
    }

    /// Those that did not come through, or that the store could not serve: they are made again as often as is allowed.
    pub(crate) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}

/// Makes clients that count.
#[derive(Debug)]
pub(crate) struct Connector(pub(crate) Arc<Requests>);

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Counting { client, requests: Arc::clone(&self.0) }))
    }
}

#[derive(Debug)]
struct Counting {
    client: HttpClient,
    requests: Arc<Requests>,
}

#[async_trait]
impl HttpService for Counting {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.requests.all.fetch_add(1, Ordering::Relaxed);
        let result = self.client.execute(request).await;
        let served = result.as_ref().is_ok_and(|response| {
            let status = response.status();
            !status.is_server_error() && status.as_u16() != 429
        });
        if !served {
            self.requests.failed.fetch_add(1, Ordering::Relaxed);
        }
        result
    }
}
