namespace Supervisor.Images;

/// <summary>An inode of any of the fourteen kinds, as far as reading needs it.</summary>
/// <param name="Start">Directory: its block in the directory table. File: where its data blocks begin.</param>
/// <param name="Offset">Directory: its offset in that block. File: its offset in the fragment.</param>
/// <param name="Fragment">0xFFFFFFFF for none.</param>
/// <param name="Blocks">Sizes of a file's data blocks; bit 24 set when stored as it is, 0 for a hole.</param>
internal sealed record Inode(EntryKind Kind, uint Mode, long Size, ulong Start, uint Offset, uint Fragment, uint[] Blocks, string? Target);
