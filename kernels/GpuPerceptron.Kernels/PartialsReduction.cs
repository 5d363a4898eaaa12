using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>The second kernel of a pass: sums the partials, row by row in a fixed order, in float64.</summary>
/// <remarks>
/// A group takes a few neighbouring entries (so that each 32-byte sector is loaded once) and splits the rows among
/// slots of as many lanes. It reads 8 bytes an entry of the partials; their number is the grid's, not the data's.
/// </remarks>
public static class PartialsReduction
{
    /// <summary>Lanes a group, at most.</summary>
    public const int MaximumLanes = 256;

    /// <summary>The kernel.</summary>
    /// <param name="rows">Rows of the partials.</param>
    /// <param name="entries">Entries a row.</param>
    /// <param name="slots">Slots a group; lanes a group ÷ slots entries are a group's share.</param>
    /// <param name="partials">rows × entries.</param>
    /// <param name="sums">entries; overwritten.</param>
    public static void Kernel(int rows, int entries, int slots, ArrayView<double> partials, ArrayView<double> sums)
    {
        int share = Group.DimX / slots;
        int entry = Grid.IdxX * share + Group.IdxX % share;
        double sum = Sum(rows, entries, slots, partials, clears: false);
        if (Group.IdxX < share && entry < entries)
            sums[entry] = sum;
    }

    /// <summary>The sum of entry group · share + lane, in each of a group's first share lanes; share = lanes a group ÷ slots.</summary>
    /// <param name="rows">Rows of the partials.</param>
    /// <param name="entries">Entries a row.</param>
    /// <param name="slots">Slots a group.</param>
    /// <param name="partials">rows × entries.</param>
    /// <param name="clears">Whether to leave zeros behind; a constant.</param>
    internal static double Sum(int rows, int entries, int slots, ArrayView<double> partials, bool clears)
    {
        var slotSums = SharedMemory.Allocate<double>(MaximumLanes);

        int lane = Group.IdxX;
        int share = Group.DimX / slots;
        int entry = Grid.IdxX * share + lane % share;
        double sum = 0;
        if (entry < entries)
        {
            // Four loads on their way at once: alone, each would wait for the one before.
            int row = lane / share;
            long step = (long)slots * entries;
            for (; row + 3 * slots < rows; row += 4 * slots)
            {
                long first = (long)row * entries + entry;
                sum += partials[first] + partials[first + step] + (partials[first + 2 * step] + partials[first + 3 * step]);
            }

            for (; row < rows; row += slots)
                sum += partials[(long)row * entries + entry];
        }

        // Even where one slot makes it needless: PoCL 3.1 gives wrong sums when a barrier stands under a condition.
        slotSums[lane] = sum;
        Group.Barrier();

        // Behind the barrier: ILGPU 1.5.3 would move a load behind the store that follows it.
        if (clears && entry < entries)
        {
            for (int row = lane / share; row < rows; row += slots)
                partials[(long)row * entries + entry] = 0;
        }

        if (lane < share)
        {
            for (int slot = 1; slot < slots; slot++)
                sum += slotSums[slot * share + lane];
        }

        return sum;
    }
}
