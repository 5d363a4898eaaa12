using System.Runtime.InteropServices;

namespace GpuPerceptron.Data;

/// <summary>What is freed of native memory, but still counts as the process's.</summary>
internal static partial class NativeHeap
{
    /// <summary>Gives it back to the system: glibc keeps what was freed between pieces that are in use, tens of megabytes after a reading.</summary>
    public static void Trim()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = Trim(pad: 0);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library than glibc.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
