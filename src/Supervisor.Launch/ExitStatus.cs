namespace Supervisor.Launch;

/// <summary>systemd's public numbers for a step that failed before the program ran (systemd.exec(5), "Process Exit Codes").</summary>
public static class ExitStatus
{
    public const int Chdir = 200;
    public const int Nice = 201;
    public const int Fds = 202;
    public const int Exec = 203;
    public const int Memory = 204;
    public const int Limits = 205;
    public const int OomAdjust = 206;
    public const int SignalMask = 207;
    public const int Stdin = 208;
    public const int Stdout = 209;
    public const int Chroot = 210;
    public const int IoPriority = 211;
    public const int TimerSlack = 212;
    public const int SecureBits = 213;
    public const int SetScheduler = 214;
    public const int CpuAffinity = 215;
    public const int Group = 216;
    public const int User = 217;
    public const int Capabilities = 218;
    public const int Cgroup = 219;
    public const int Setsid = 220;
    public const int Confirm = 221;
    public const int Stderr = 222;
    public const int Pam = 224;
    public const int Network = 225;
    public const int Namespace = 226;
    public const int NoNewPrivileges = 227;
    public const int Seccomp = 228;
    public const int SELinuxContext = 229;
    public const int Personality = 230;
    public const int AppArmorProfile = 231;
    public const int RuntimeDirectory = 233;
    public const int Chown = 235;
    public const int SmackProcessLabel = 236;
    public const int Keyring = 237;
    public const int StateDirectory = 238;
    public const int CacheDirectory = 239;
    public const int LogsDirectory = 240;
    public const int ConfigurationDirectory = 241;
    public const int NumaPolicy = 242;
    public const int Credentials = 243;
    public const int Bpf = 245;
    public const int Ksm = 246;
    public const int MemoryThp = 247;
}
