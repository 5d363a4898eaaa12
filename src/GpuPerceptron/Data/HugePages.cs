using System.Runtime.InteropServices;

namespace GpuPerceptron.Data;

/// <summary>Memory in pages of 2 MiB where Linux grants them: fewer faults when it is filled, fewer walks when it is read.</summary>
/// <remarks>
/// What is freed is kept for who next asks for as much, or up to a ninth less: the folds of a cross-validation, and trainings one after the other. Memory that a process has not
/// touched yet must be cleared first, and on a virtual machine be had from the host: measured, up to a millisecond a megabyte, of 60 that a training
/// on 1,000 features takes for its sample and Hessian. Where nothing fits, what was kept longest is given back, so that it adds no more
/// than a sixteenth to the most of this memory that was in use at a time.
/// </remarks>
internal static unsafe partial class HugePages
{
    /// <summary>Bytes a page.</summary>
    public const int Bytes = 2 << 20;

    private const int Advice = 14; // MADV_HUGEPAGE
    private const int LeastOfLastPage = Bytes / 8;
    private const int MostKept = 128 << 20;
    private const int PartMore = 16;
    private const int PartLarger = 8;

    private static readonly Lock Changes = new();
    private static readonly Dictionary<nint, nuint> Sizes = []; // of what is in use
    private static readonly List<(nint Memory, nuint Bytes)> Kept = []; // the oldest first
    private static nuint _used;
    private static nuint _keptBytes;
    private static nuint _mostUsed; // since all was given back

    /// <summary>
    /// Native memory, to be freed here; that of a page or more begins one, and ends one unless little of the last is
    /// used: small pages cost a fault each, which on a virtual machine takes up to a hundred times as long as their share of a large one.
    /// </summary>
    /// <param name="bytes">How much.</param>
    /// <param name="alignment">Of less than a page: a power of two.</param>
    public static void* Allocate(nuint bytes, int alignment)
    {
        if (bytes < Bytes || !OperatingSystem.IsLinux())
            return NativeMemory.AlignedAlloc(bytes, (nuint)alignment);
        if (bytes % Bytes > LeastOfLastPage)
            bytes = (bytes + Bytes - 1) / Bytes * Bytes;
        lock (Changes)
        {
            int place = PlaceOfKept(bytes);
            void* memory;
            if (place >= 0)
            {
                (nint kept, bytes) = Kept[place];
                memory = (void*)kept;
                Kept.RemoveAt(place);
                _keptBytes -= bytes;
            }
            else
            {
                while (Kept.Count > 0 && _used + bytes + _keptBytes > _mostUsed + _mostUsed / PartMore)
                    GiveBackFirst();
                memory = AllocateNew(bytes);
                _ = Advise(memory, bytes / Bytes * Bytes, Advice); // a wish: where it is refused, pages are small
            }

            _used += bytes;
            _mostUsed = Math.Max(_mostUsed, _used);
            Sizes.Add((nint)memory, bytes);
            return memory;
        }
    }

    /// <summary>Frees memory that was had here.</summary>
    /// <param name="memory">It; null for none.</param>
    public static void Free(void* memory)
    {
        lock (Changes)
        {
            if (Sizes.Remove((nint)memory, out nuint bytes))
            {
                _used -= bytes;
                if (bytes <= MostKept)
                {
                    while (bytes + _keptBytes > MostKept)
                        GiveBackFirst();
                    Kept.Add(((nint)memory, bytes));
                    _keptBytes += bytes;
                    return;
                }
            }
        }

        NativeMemory.AlignedFree(memory);
    }

    /// <summary>Gives back what is kept.</summary>
    public static void GiveBack()
    {
        lock (Changes)
        {
            while (Kept.Count > 0)
                GiveBackFirst();
            _mostUsed = _used;
        }
    }

    private static void* AllocateNew(nuint bytes)
    {
        try
        {
            return NativeMemory.AlignedAlloc(bytes, Bytes);
        }
        catch (OutOfMemoryException) when (Kept.Count > 0)
        {
            GiveBack();
            return NativeMemory.AlignedAlloc(bytes, Bytes);
        }
    }

    private static void GiveBackFirst()
    {
        NativeMemory.AlignedFree((void*)Kept[0].Memory);
        _keptBytes -= Kept[0].Bytes;
        Kept.RemoveAt(0);
    }

    /// <summary>Of what is kept the smallest that holds so many bytes, and no more than an eighth as many again; −1 where there is none.</summary>
    private static int PlaceOfKept(nuint bytes)
    {
        int found = -1;
        for (int i = 0; i < Kept.Count; i++)
        {
            nuint size = Kept[i].Bytes;
            if (size >= bytes && size <= bytes + bytes / PartLarger && (found < 0 || size < Kept[found].Bytes)) found = i;
        }

        return found;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint bytes, int advice);
}
