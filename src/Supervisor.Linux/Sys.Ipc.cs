namespace Supervisor.Linux;

/// <summary>Removing System V IPC objects (svipc(7)).</summary>
public static unsafe partial class Sys
{
    private const int IPC_RMID = 0;

    public static OsResult RemoveSharedMemory(int id) => Void("shmctl IPC_RMID", $"{id}", Raw.Call(Nr.shmctl, id, IPC_RMID));

    public static OsResult RemoveSemaphores(int id) => Void("semctl IPC_RMID", $"{id}", Raw.Call(Nr.semctl, id, 0, IPC_RMID));

    public static OsResult RemoveMessageQueue(int id) => Void("msgctl IPC_RMID", $"{id}", Raw.Call(Nr.msgctl, id, IPC_RMID));
}
