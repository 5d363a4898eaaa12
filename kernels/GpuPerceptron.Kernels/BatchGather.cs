using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// Copies rows, in an order of their own, next to one another: the following mini-batches, which the pass kernels then read as
/// they would any rows.
/// </summary>
/// <remarks>
/// On paper: 16 bytes a packet are read, from a random row, and written, for a run of batches that a GPU's cache holds, so
/// that the passes over them hardly touch the memory. One launch serves all of them.
/// </remarks>
public static class BatchGather
{
    /// <summary>The kernel: lanes take packets in turn, neighbours neighbouring ones.</summary>
    /// <param name="arguments">The arguments.</param>
    public static void Kernel(BatchGatherArguments arguments)
    {
        int packets = arguments.Packets;
        long total = arguments.Rows * packets;
        long step = (long)Grid.DimX * Group.DimX;
        for (long i = (long)Grid.IdxX * Group.DimX + Group.IdxX; i < total; i += step)
        {
            long target = i / packets;
            int packet = (int)(i - target * packets);
            long row = arguments.Order.RowAt(arguments.FirstPosition + target) - arguments.FirstRow;

            // A device may hold the samples in parts: the other launches bring the other rows.
            if (row >= 0 && row < arguments.SourceLabels.Length)
            {
                arguments.Features[i] = arguments.SourceFeatures[row * packets + packet];
                if (packet == 0)
                {
                    arguments.Labels[target] = arguments.SourceLabels[row];
                    if (arguments.SampleWeights.Length > 1)
                        arguments.SampleWeights[target] = arguments.SourceSampleWeights[row];
                }
            }
        }
    }
}

/// <summary>What the gathering of rows is launched with.</summary>
public readonly record struct BatchGatherArguments
{
    /// <summary>The rows' order.</summary>
    public SampleOrder Order { get; init; }

    /// <summary>The first row's place in the order.</summary>
    public long FirstPosition { get; init; }

    /// <summary>Rows to gather.</summary>
    public long Rows { get; init; }

    /// <summary>P, packets a row.</summary>
    public required int Packets { get; init; }

    /// <summary>The number of the part's first row.</summary>
    public required long FirstRow { get; init; }

    /// <summary>The part's X.</summary>
    public required ArrayView<Packet> SourceFeatures { get; init; }

    /// <summary>The part's y.</summary>
    public required ArrayView<float> SourceLabels { get; init; }

    /// <summary>The part's s, or a single 1.</summary>
    public required ArrayView<float> SourceSampleWeights { get; init; }

    /// <summary>Where X goes: at least as many rows as are gathered.</summary>
    public ArrayView<Packet> Features { get; init; }

    /// <summary>Where y goes.</summary>
    public ArrayView<float> Labels { get; init; }

    /// <summary>Where s goes; a single 1 where every weight is 1.</summary>
    public ArrayView<float> SampleWeights { get; init; }
}
