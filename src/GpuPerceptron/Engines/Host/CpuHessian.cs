using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuPerceptron.Data;

namespace GpuPerceptron.Engines.Host;

/// <summary>The Hessian pass on the host: <see cref="FusedRows"/> fills tiles of rows, whose products are summed; short rows' directly.</summary>
/// <remarks>
/// A narrow Hessian is summed unit by unit, and then over the units in order, as the gradient is. A wide one, too large
/// to have once a unit, is shared out by its blocks: the threads fill some tiles, then add all of these, in order, each to
/// blocks of its own.
/// </remarks>
internal sealed unsafe class CpuHessian : IDisposable
{
    /// <summary>Of float32, at most where a Hessian is narrow.</summary>
    public const int NarrowRowBytes = NarrowPanels * HessianTile.PanelColumns * sizeof(float);

    private const int NarrowPanels = 8;          // 128 columns, 72 KiB of sums a unit
    private const int WideTileBytes = 8 << 20;   // at once, so that threads seldom wait for one another

    private readonly FusedRows _rows;
    private readonly WorkerPool _workers;
    private readonly PassScratch[] _scratch;
    private readonly RowReader[] _readers;
    private readonly FasterWay[] _ways; // how each best reads what is streamed, for this use
    private readonly (SampleBlock Block, int First, int Count)[][] _units;
    private readonly int _features;
    private readonly int _panels;
    private readonly bool _isNarrow;
    private readonly int _itemPanels; // of a wide Hessian: for so many panels a tile is read from the cache once
    private readonly HessianTile[] _tiles;
    private readonly byte* _tileMemory;
    private readonly PassSums[] _sums;
    private readonly double* _blocks;
    private readonly nint _setSums; // of one set of blocks
    private readonly nint[] _threadBlocks;

    /// <param name="rows">The fused pass.</param>
    /// <param name="workers">The threads.</param>
    /// <param name="scratch">Each thread's own memory.</param>
    /// <param name="readers">Each thread's own way to the rows.</param>
    /// <param name="units">The samples, cut by their shape alone.</param>
    /// <param name="features">M.</param>
    /// <param name="stride">Values a row.</param>
    public CpuHessian(
        FusedRows rows, WorkerPool workers, PassScratch[] scratch, RowReader[] readers, (SampleBlock Block, int First, int Count)[][] units,
        int features, int stride)
    {
        _rows = rows;
        _workers = workers;
        _scratch = scratch;
        _readers = readers;
        _ways = new FasterWay[readers.Length];
        _features = features;
        _panels = HessianTile.PanelsFor(features);
        _isNarrow = _panels <= NarrowPanels;
        _itemPanels = Math.Clamp(_panels / (4 * scratch.Length), 2, 8) / 2 * 2;
        if (_isNarrow)
        {
            _units = units;
            _sums = [.. units.Select(_ => new PassSums(stride))];
        }
        else
        {
            int tileBytes = _panels * HessianTile.PanelColumns * HessianTile.MaximumRows * sizeof(float);
            int tiles = Math.Max(WideTileBytes / tileBytes, 4 * scratch.Length);
            _units = [.. units.SelectMany(unit => unit).SelectMany(Segments).Chunk(tiles)];
            tiles = _units.Select(unit => unit.Length).DefaultIfEmpty(0).Max();
            _sums = [.. Enumerable.Range(0, tiles).Select(_ => new PassSums(stride))];
        }

        // Two threads' tiles share no page.
        nuint tileStep = (HessianTile.BytesFor(features) + 4095) / 4096 * 4096 + 4096;
        _tiles = new HessianTile[_isNarrow ? scratch.Length : _sums.Length];
        _tileMemory = (byte*)HugePages.Allocate(tileStep * (nuint)_tiles.Length, 4096);
        for (int i = 0; i < _tiles.Length; i++)
            _tiles[i] = rows.CreateHessianTile(features, _tileMemory + (nuint)i * tileStep);

        _setSums = (nint)HessianTile.BlocksBefore(_panels) * HessianTile.BlockSums;
        _blocks = (double*)HugePages.Allocate((nuint)(_setSums * Sets * sizeof(double)), 64);
        _threadBlocks = !_isNarrow ? [] : [.. scratch.Select(_ => (nint)HugePages.Allocate((nuint)_setSums * sizeof(double) + 8192, 4096))];
    }

    /// <summary>Sets of blocks.</summary>
    private int Sets => _isNarrow ? Math.Max(1, _units.Length) : 1;

    /// <summary>See <see cref="IEngine.HessianPass"/>.</summary>
    /// <param name="weights">w, padded.</param>
    /// <param name="bias">b.</param>
    /// <param name="gradient">Overwritten.</param>
    /// <param name="hessian">Overwritten.</param>
    public double Pass(float* weights, float bias, Span<double> gradient, Span<double> hessian)
    {
        gradient.Clear();
        double loss = 0;
        if (_isNarrow)
        {
            if (_units.Length == 0) ClearBlocks(0);
            _workers.Run(_units.Length, (unit, worker) => AddUnit(unit, worker, weights, bias));
            AddSums(_units.Length, gradient, ref loss);
        }
        else
        {
            ClearBlocks(0);
            foreach (var rows in _units)
            {
                _workers.Run(rows.Length, (i, worker) => Fill(_tiles[i], _sums[i], rows[i], worker, weights, bias));
                AddSums(rows.Length, gradient, ref loss);
                int items = (_panels + _itemPanels - 1) / _itemPanels;
                _workers.Run(items, (item, _) => AddTiles(rows, items - 1 - item));
            }
        }

        fixed (double* target = hessian)
        {
            double* h = target;
            _workers.Run(_panels, (item, _) => Unpack(_panels - 1 - item, h));
        }

        return loss;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        HugePages.Free(_tileMemory);
        foreach (nint blocks in _threadBlocks)
            HugePages.Free((void*)blocks);
        HugePages.Free(_blocks);
    }

    private static IEnumerable<(SampleBlock Block, int First, int Count)> Segments((SampleBlock Block, int First, int Count) rows)
    {
        for (int done = 0; done < rows.Count; done += HessianTile.MaximumRows)
            yield return (rows.Block, rows.First + done, Math.Min(HessianTile.MaximumRows, rows.Count - done));
    }

    private void AddUnit(int unit, int worker, float* weights, float bias)
    {
        var tile = _tiles[worker];
        var sums = _sums[unit];
        double* blocks = (double*)_threadBlocks[worker];
        nuint bytes = (nuint)_setSums * sizeof(double);
        NativeMemory.Clear(blocks, bytes);
        sums.Clear();
        foreach (var (stored, place, count) in _units[unit])
        {
            for (int done = 0, piece; done < count; done += piece)
            {
                piece = RowReader.PieceRows(stored, count - done);
                var block = _readers[worker].LoadNext(stored, place + done, piece, count - done - piece, ref _ways[worker], out int first);
                _rows.AddHessian(block, first, piece, weights, bias, _scratch[worker], sums, tile, blocks);
            }
        }

        _rows.CompleteHessian(_units[unit][0].Block, _features, blocks);
        NativeMemory.Copy(blocks, _blocks + unit * _setSums, bytes);
    }

    private void Fill(
        HessianTile tile, PassSums sums, (SampleBlock Block, int First, int Count) rows, int worker, float* weights, float bias)
    {
        sums.Clear();
        var block = _readers[worker].Load(rows.Block, rows.First, rows.Count, out int first);
        _rows.Pass(PassLoss.Logistic, block, first, rows.Count, weights, bias, _scratch[worker], sums, tile);
    }

    private void AddTiles((SampleBlock Block, int First, int Count)[] rows, int item)
    {
        int first = item * _itemPanels;
        int end = Math.Min(_panels, first + _itemPanels);
        for (int i = 0; i < rows.Length; i++)
            _tiles[i].AddProduct(rows[i].Count, first, end, _blocks, null, 0);
    }

    /// <summary>Adds losses and gradients in order, one by one: how many come at once depends on the threads.</summary>
    private void AddSums(int count, Span<double> gradient, ref double loss)
    {
        for (int i = 0; i < count; i++)
            loss += _sums[i].AddTo(gradient);
    }

    private void ClearBlocks(int set) => NativeMemory.Clear(_blocks + set * _setSums, (nuint)_setSums * sizeof(double));

    /// <summary>Writes the entries of a panel's blocks, summed over the sets in order, into both triangles.</summary>
    [MethodImpl(FusedRows.Hot)]
    private void Unpack(int panel, double* hessian)
    {
        int order = _features + 1;
        double* blocks = _blocks + HessianTile.BlocksBefore(panel) * HessianTile.BlockSums;
        for (int set = 1; set < Sets; set++)
        {
            double* more = blocks + set * _setSums;
            for (int k = 0; k < (panel + 1) * HessianTile.BlockSums; k++)
                blocks[k] += more[k];
        }

        for (int i = panel * HessianTile.PanelColumns; i < Math.Min(order, (panel + 1) * HessianTile.PanelColumns); i++)
        {
            double* row = blocks + i % HessianTile.PanelColumns * HessianTile.PanelColumns;
            for (int j = 0; j <= i; j++)
            {
                double sum = row[j / HessianTile.PanelColumns * HessianTile.BlockSums + j % HessianTile.PanelColumns];
                hessian[(nint)i * order + j] = sum;
                hessian[(nint)j * order + i] = sum;
            }
        }
    }
}
