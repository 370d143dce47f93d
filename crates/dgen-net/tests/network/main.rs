//! Sending and receiving, with faults in between.

mod faults;
mod hostile;
mod plain;
mod proxy;
mod sequence;
