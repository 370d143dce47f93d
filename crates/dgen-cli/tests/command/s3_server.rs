//! A server of S3, `s3s-fs`, as a process of its own: this test program, which then runs the one test that serves.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

/// The folder to serve; where it is set, the test below is the server.
const ROOT: &str = "DGEN_TEST_S3_ROOT";
/// Where to listen.
const LISTEN: &str = "DGEN_TEST_S3_LISTEN";
/// What the line begins with that says where it listens.
const READY: &str = "serving at ";
/// Who may do everything.
pub(crate) const KEY: &str = "dgen-key";
pub(crate) const SECRET: &str = "dgen/secret+";

/// A server that runs; dropping it kills it.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Serves a folder, in which each folder is a bucket; port 0 is any that is free.
    pub(crate) fn new(root: &Path, listen: &str) -> Self {
        fs::create_dir_all(root.join("bucket")).unwrap();
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["s3_server::server", "--exact", "--nocapture", "--test-threads", "1"]);
        program.env(ROOT, root).env(LISTEN, listen).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = program.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.map_while(Result::ok).find_map(|line| line.split_once(READY).map(|(_, at)| at.to_owned()));
        let address = line.expect("the server says where it listens").trim().parse().unwrap();
        Self { child, address }
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Serves until it is killed, where it is the server; else there is nothing to do.
#[test]
fn server() {
    let Some(root) = std::env::var_os(ROOT) else { return };
    let listen = std::env::var(LISTEN).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut service = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = service.build();
        let listener = TcpListener::bind(listen).await.unwrap();
        println!("{READY}{}", listener.local_addr().unwrap());
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            _ = socket.set_nodelay(true);
            let service = service.clone();
            tokio::spawn(async move {
                _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
}
