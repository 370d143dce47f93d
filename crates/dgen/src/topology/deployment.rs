//! A guess at whether the process runs on bare metal, in a virtual machine or in a container.

use super::{cores, tree::Tree};
use serde::Serialize;

/// Where the process seems to run; a label for reports, on which nothing depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentType {
    /// Neither of the signs below.
    BareMetal,
    /// The processor shows the hypervisor flag, or `/sys/hypervisor/type` or the firmware's product name says so.
    Vm,
    /// A container runtime left its marker file, or the first process runs in a runtime's control group.
    /// Takes precedence: a container inside a virtual machine counts as a container.
    Container,
}

const RUNTIME_MARKERS: [&str; 3] = [".dockerenv", "run/.containerenv", "run/host/container-manager"];
const RUNTIME_GROUPS: [&str; 6] = ["/docker", "/kubepods", "/lxc", "/libpod", "/containerd", "/machine.slice"];
const VM_PRODUCTS: [&str; 6] = ["kvm", "qemu", "virtual", "vmware", "bochs", "google compute engine"];

pub(super) fn guess(tree: &Tree) -> DeploymentType {
    if is_container(tree) {
        DeploymentType::Container
    } else if is_vm(tree) {
        DeploymentType::Vm
    } else {
        DeploymentType::BareMetal
    }
}

fn is_container(tree: &Tree) -> bool {
    let groups = tree.text("proc/1/cgroup").unwrap_or_default();
    RUNTIME_MARKERS.iter().any(|path| tree.exists(path)) || RUNTIME_GROUPS.iter().any(|name| groups.contains(name))
}

fn is_vm(tree: &Tree) -> bool {
    let cpuinfo = tree.head("proc/cpuinfo", cores::CPUINFO_HEAD).unwrap_or_default();
    let mut flags = cores::fields(&cpuinfo).filter(|(key, _)| *key == "flags").flat_map(|(_, v)| v.split_whitespace());
    if flags.any(|flag| flag == "hypervisor") || tree.exists("sys/hypervisor/type") {
        return true;
    }
    let product = tree.text("sys/class/dmi/id/product_name").unwrap_or_default().to_lowercase();
    VM_PRODUCTS.iter().any(|name| product.contains(name))
}
