using GpuPerceptron.Kernels;

namespace GpuPerceptron.Data;

/// <summary>
/// A dataset for who takes its rows in a random order: whole, where it is in memory; else in windows of consecutive blocks, in a
/// random order in each epoch, of which one is in memory and the next on its way.
/// </summary>
internal sealed class SampleWindows
{
    private const int BlocksAWindow = 2; // 32 MB, and as much again on its way

    private readonly Dataset _dataset;
    private readonly int _blocks;

    /// <param name="dataset">The samples.</param>
    /// <param name="inWindows">Whether samples in memory come in windows, too.</param>
    public SampleWindows(Dataset dataset, bool inWindows = false)
    {
        _dataset = dataset;
        _blocks = inWindows || dataset.IsStreamed ? BlocksAWindow : Math.Max(1, dataset.Blocks.Count);
        Samples = [.. dataset.Blocks.Chunk(_blocks).Select(window => window.Sum(block => (long)block.Rows))];
    }

    /// <summary>Each window's samples.</summary>
    public long[] Samples { get; }

    /// <summary>A window's own seed: two of one length are not to have the same order of rows.</summary>
    public static ulong SeedOf(int window, ulong seed) => seed + (ulong)window * 0x9E3779B97F4A7C15;

    /// <summary>All windows, each with its number; one is gone when the next is asked for.</summary>
    /// <param name="seed">Of the order.</param>
    /// <param name="epoch">From 0.</param>
    /// <exception cref="PerceptronException">The file cannot be read.</exception>
    public IEnumerable<(int Window, Dataset Samples)> InOrder(ulong seed, int epoch)
    {
        if (Samples.Length == 0) yield break;
        if (Samples.Length == 1 && !_dataset.IsStreamed)
        {
            yield return (0, _dataset);
            yield break;
        }

        var order = new RowOrder(Samples.Length, runRows: 1, ~seed, epoch);
        Task<Window>? next = Task.Run(() => Load((int)order.RowAt(0)));
        try
        {
            for (int i = 0; i < Samples.Length; i++)
            {
                using var window = next!.GetAwaiter().GetResult();
                int following = i + 1;
                next = following < Samples.Length ? Task.Run(() => Load((int)order.RowAt(following))) : null;
                yield return ((int)order.RowAt(i), window.Samples);
            }
        }
        finally
        {
            // Where the caller left early, or the loading of the next window failed meanwhile.
            if (next is not null) Task.WhenAny(next).Wait();
            if (next is { IsCompletedSuccessfully: true }) next.Result.Dispose();
        }
    }

    private Window Load(int index)
    {
        var blocks = new List<SampleBlock>();
        var loaded = new List<SampleBlock>();
        foreach (var block in _dataset.Blocks.Skip(index * _blocks).Take(_blocks))
        {
            if (block.Stored is null)
            {
                blocks.Add(block);
                continue;
            }

            var copy = SampleBlock.FromFile(block, _dataset.HasSampleWeights);
            loaded.Add(copy);
            blocks.Add(copy);
        }

        return new Window(new Dataset(_dataset.Features, _dataset.HasSampleWeights, blocks), loaded);
    }

    /// <summary>Samples in memory, and the blocks that were loaded for it.</summary>
    private sealed record Window(Dataset Samples, List<SampleBlock> Loaded) : IDisposable
    {
        public void Dispose() => Loaded.ForEach(block => block.Dispose());
    }
}
