# One server on each client of a Nomad cluster, by the raw_exec driver: the program lies in the folder of circuit-V-linux-x64.tar.xz, unpacked to /opt
# and linked to /usr/local/bin/circuit, and the key at /etc/circuit/key. The circuit is mounted at /circuit.
job "circuit" {
  type = "system"

  group "server" {
    network {
      port "circuit" {
        static = 11022
      }
    }

    restart {
      attempts = 10
      interval = "10m"
      delay    = "5s"
      mode     = "delay"
    }

    task "server" {
      driver       = "raw_exec"
      kill_signal  = "SIGTERM"
      kill_timeout = "20s"

      config {
        command = "/usr/local/bin/circuit"
        args    = ["start", "-a", "${NOMAD_ADDR_circuit}", "--discover", "228.8.8.8:7711", "--key", "/etc/circuit/key"]
      }
    }
  }
}
