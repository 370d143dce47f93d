//! Prints what the library knows of this machine: nodes, cores, caches, limits, kernels.

use dgen::topology::Topology;
use dgen::units::human_size;
use dgen::{Kernel, driver};

fn main() -> Result<(), dgen::Error> {
    let topology = Topology::read();
    println!("processor        {}", topology.cpu_model.as_deref().unwrap_or("unknown"));
    println!("nodes            {}", topology.num_nodes);
    println!("physical cores   {}", topology.physical_cores);
    println!("logical cpus     {}", topology.logical_cpus);
    for node in &topology.nodes {
        println!(
            "node {:<3}         cpus {}, memory {}",
            node.id,
            node.cpus,
            human_size(node.memory_total_bytes.unwrap_or(0))
        );
    }
    for level in 1..=3 {
        if let Some(cache) = topology.cache(level) {
            println!("L{level} cache         {} for cpus {}", human_size(cache.size_bytes.unwrap_or(0)), cache.cpus);
        }
    }
    println!("threads          {}", driver::default_threads()?);
    let kernels: Vec<_> = Kernel::available().into_iter().map(Kernel::name).collect();
    println!("kernels          {} (in use: {})", kernels.join(", "), Kernel::selected()?.name());
    for warning in &topology.warnings {
        println!("warning          {warning}");
    }
    Ok(())
}
