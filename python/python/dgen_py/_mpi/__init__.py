"""The rooms behind `dgen_py.mpi`: arguments, one rank's part, the protocol between ranks, and what is gathered."""
