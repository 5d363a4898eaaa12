using System.Runtime.CompilerServices;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Simd;
using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Engines.Host;

/// <summary>X̃ᵀ diag(c) X̃ U of many directions U, c = s ∘ z(1 − z) at some θ: two products of matrices, a few rows after the other.</summary>
/// <remarks>
/// θ goes along as one direction more, so that the logits come with the first product V = X̃U, whose rows, times c, are then multiplied by
/// X̃ᵀ while both are in the caches. It takes 4NMr flops for r directions, where the Hessian takes NM².
/// <para>
/// Directions and products lie in panels of a few columns, one after the other. Six rows times a panel's columns are twelve registers of sums, which
/// both products keep while they go down the features, or the rows. The samples are cut into parts by their shape alone. A part's products are summed in
/// float32, and the parts' in order in float64: the bits are the same at every number of threads.
/// </para>
/// </remarks>
internal abstract unsafe class DirectionProducts
{
    /// <summary>Rows at once: their values stay in the second-level cache from one product to the other.</summary>
    public const int ChunkRows = 96;

    private protected const int Group = 6; // rows, or features: two registers of sums each

    private protected const int SliceFeatures = 128; // whose directions, of a panel, stay in the nearest cache for all rows

    private const int MostParts = 16;
    private const int StripeRows = 64; // of products that a thread sums up at once
    private const int LeastPartRows = 2 * ChunkRows;

    /// <summary>In registers of a width.</summary>
    /// <param name="width">The width, not <see cref="SimdWidth.Auto"/>.</param>
    public static DirectionProducts Create(SimdWidth width) => width switch
    {
        SimdWidth.Bits512 => new DirectionProducts<Simd512>(),
        SimdWidth.Bits256 => new DirectionProducts<Simd256>(),
        _ => new DirectionProducts<Simd128>(),
    };

    /// <summary>Columns a panel.</summary>
    private protected abstract int PanelColumns { get; }

    /// <summary>See <see cref="IDirectionProducts.HessianTimes"/>.</summary>
    /// <param name="dataset">The samples, in memory and in float32.</param>
    /// <param name="workers">The threads.</param>
    /// <param name="threads">How many they are.</param>
    /// <param name="parameters">θ.</param>
    /// <param name="part">Of the samples.</param>
    /// <param name="count">r.</param>
    /// <param name="directions">U.</param>
    /// <param name="products">Overwritten.</param>
    /// <param name="diagonal">Overwritten.</param>
    /// <returns>(Σc)²/Σc².</returns>
    public double Multiply(
        Dataset dataset, WorkerPool workers, int threads, ReadOnlySpan<double> parameters, double part, int count,
        ReadOnlySpan<double> directions, Span<double> products, Span<double> diagonal)
    {
        long samples = Math.Max(1, (long)(part * dataset.Samples));
        int dimension = dataset.Features + 1, panels = (count + PanelColumns) / PanelColumns; // θ included
        var shape = new Shape(dataset.Features, dataset.Stride, count, panels, panels * dimension * PanelColumns);
        var parts = CutIntoParts(dataset, samples);
        nint partValues = shape.BiasCurvature + FusedRows.MaximumLanes;
        nint scratchValues = ChunkRows * (panels * PanelColumns + 1);
        float* memory = (float*)HugePages.Allocate((nuint)(sizeof(float) * (shape.Values + parts.Length * partValues + threads * scratchValues)), 64);
        try
        {
            float* panel = memory, sums = panel + shape.Values, scratch = sums + parts.Length * partValues;
            Pack(shape, parameters, directions, panel);
            workers.Run(parts.Length, (number, worker) =>
            {
                float* target = sums + number * partValues;
                new Span<float>(target, (int)partValues).Clear();
                foreach (var (block, first, rows) in parts[number])
                {
                    for (int done = 0; done < rows; done += ChunkRows)
                        AddChunk(shape, block, first + done, Math.Min(ChunkRows, rows - done), panel, target, scratch + worker * scratchValues);
                }
            });
            fixed (double* product = products, curvature = diagonal)
            {
                var target = (Products: (nint)product, Diagonal: (nint)curvature);
                workers.Run((dimension + StripeRows - 1) / StripeRows, (stripe, _) => Unpack(
                    shape, stripe * StripeRows, Math.Min(dimension, (stripe + 1) * StripeRows), sums, parts.Length, partValues, (double*)target.Products,
                    (double*)target.Diagonal));
            }

            double squares = 0;
            for (int number = 0; number < parts.Length; number++)
                squares += sums[number * partValues + shape.BiasCurvature + 1];
            double worth = squares > 0 ? diagonal[^1] * diagonal[^1] / squares : 0;
            if (samples < dataset.Samples)
            {
                double counted = (double)samples / dataset.Samples;
                Vectors.Divide(products, counted);
                Vectors.Divide(diagonal, counted);
            }

            return worth;
        }
        finally
        {
            HugePages.Free(memory);
        }
    }

    private protected abstract void AddChunk(Shape shape, SampleBlock block, int first, int rows, float* directions, float* sums, float* scratch);

    [MethodImpl(FusedRows.Hot)]
    private void Pack(Shape shape, ReadOnlySpan<double> parameters, ReadOnlySpan<double> directions, float* panels)
    {
        int columns = PanelColumns;
        for (int first = 0; first <= shape.Count; first += columns)
        {
            int count = Math.Min(columns, shape.Count - first);
            for (int j = 0; j <= shape.Features; j++, panels += columns)
            {
                var row = directions.Slice(j * shape.Count + first, count);
                for (int k = 0; k < row.Length; k++)
                    panels[k] = (float)row[k];
                for (int k = count; k < columns; k++)
                    panels[k] = k == count ? (float)parameters[j] : 0;
            }
        }
    }

    /// <summary>Sums the parts' products, and curvatures, of some features in order.</summary>
    private protected abstract void Unpack(Shape shape, int first, int end, float* sums, int parts, nint partValues, double* products, double* diagonal);

    private static (SampleBlock Block, int First, int Rows)[][] CutIntoParts(Dataset dataset, long samples)
    {
        long parts = Math.Clamp(samples / LeastPartRows, 1, MostParts);
        long partRows = (samples + parts * ChunkRows - 1) / (parts * ChunkRows) * ChunkRows, missing = 0;
        var cut = new List<List<(SampleBlock, int, int)>>();
        foreach (var block in dataset.Blocks)
        {
            int end = (int)Math.Min(block.Rows, samples);
            samples -= end;
            for (int first = 0, rows; first < end; first += rows)
            {
                if (missing == 0)
                {
                    cut.Add([]);
                    missing = partRows;
                }

                rows = (int)Math.Min(missing, end - first);
                cut[^1].Add((block, first, rows));
                missing -= rows;
            }
        }

        return [.. cut.Select(part => part.ToArray())];
    }

    /// <param name="Features">M.</param>
    /// <param name="Stride">Values a row of X.</param>
    /// <param name="Count">Directions without θ.</param>
    /// <param name="Panels">Of directions and θ.</param>
    /// <param name="Values">In all panels.</param>
    private protected sealed record Shape(int Features, int Stride, int Count, int Panels, int Values)
    {
        /// <summary>Behind the panels and the features' diagonal, whose last register may reach past a row's end: where the bias's is, and then Σc².</summary>
        public int BiasCurvature => Values + FusedRows.PaddedStride(Stride);
    }
}

/// <inheritdoc/>
internal sealed unsafe class DirectionProducts<T> : DirectionProducts
    where T : struct, ISimd<T>
{
    private protected override int PanelColumns => 2 * T.Count;

    private protected override void AddChunk(Shape shape, SampleBlock block, int first, int rows, float* directions, float* sums, float* scratch)
    {
        int columns = PanelColumns, panelValues = (shape.Features + 1) * columns;
        float* x = block.FeaturePointer + (nint)first * shape.Stride;
        for (int panel = 0; panel < shape.Panels; panel++)
        {
            float* from = directions + panel * panelValues, projections = scratch + panel * ChunkRows * columns;
            SetRows(from + shape.Features * columns, rows, projections);
            for (int j = 0; j < shape.Features; j += SliceFeatures)
            {
                for (int row = 0; row < rows; row += Group)
                {
                    AddProducts(
                        x + (nint)row * shape.Stride + j, 1, shape.Stride, Math.Min(SliceFeatures, shape.Features - j), Math.Min(Group, rows - row),
                        from + j * columns, projections + row * columns);
                }
            }
        }

        float* curvatures = scratch + shape.Panels * ChunkRows * columns;
        float* logits = scratch + shape.Count / columns * ChunkRows * columns + shape.Count % columns;
        for (int row = 0; row < rows; row++)
        {
            double z = 1 / (1 + Math.Exp(-Math.Abs(logits[row * columns])));
            float weight = block.HasSampleWeights ? block.SampleWeights[first + row] : 1;
            curvatures[row] = (float)(weight * z * (1 - z));
        }

        for (int panel = 0; panel < shape.Panels; panel++)
            Weight(scratch + panel * ChunkRows * columns, curvatures, rows);
        for (int panel = 0; panel < shape.Panels; panel++)
        {
            float* projections = scratch + panel * ChunkRows * columns, products = sums + panel * panelValues;
            for (int j = 0; j < shape.Features; j += Group)
                AddProducts(x + j, shape.Stride, 1, rows, Math.Min(Group, shape.Features - j), projections, products + j * columns);
            AddBias(rows, projections, products + shape.Features * columns);
        }

        AddDiagonal(x, shape, rows, curvatures, sums);
    }

    [MethodImpl(FusedRows.Hot)]
    private protected override void Unpack(Shape shape, int first, int end, float* sums, int parts, nint partValues, double* products, double* diagonal)
    {
        int columns = PanelColumns;
        double* totals = stackalloc double[2 * FusedRows.MaximumLanes];
        for (int j = first; j < end; j++)
        {
            float* values = sums + j * columns;
            for (int start = 0; start < shape.Count; start += columns, values += (shape.Features + 1) * columns)
            {
                new Span<double>(totals, columns).Clear();
                for (int part = 0; part < parts; part++)
                {
                    T.AddTo(totals, T.Load(values + part * partValues));
                    T.AddTo(totals + T.Count, T.Load(values + part * partValues + T.Count));
                }

                int count = Math.Min(columns, shape.Count - start);
                new Span<double>(totals, count).CopyTo(new Span<double>(products + (nint)j * shape.Count + start, count));
            }

            float* curvature = sums + (j < shape.Features ? shape.Values + j : shape.BiasCurvature);
            diagonal[j] = 0;
            for (int part = 0; part < parts; part++)
                diagonal[j] += curvature[part * partValues];
        }
    }

    /// <summary>All rows of V the bias's.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void SetRows(float* bias, int rows, float* v)
    {
        T a = T.Load(bias), b = T.Load(bias + T.Count);
        for (int row = 0; row < (rows + Group - 1) / Group * Group; row++, v += 2 * T.Count)
            Store(v, a, b);
    }

    /// <summary>Adds to each of up to six sums, of a panel's columns, terms that are a value of X times some of these: Σₜ x(t, k) f(t).</summary>
    /// <param name="x">x(0, 0).</param>
    /// <param name="step">From x(t, k) to x(t + 1, k).</param>
    /// <param name="next">From x(t, k) to x(t, k + 1).</param>
    /// <param name="terms">How many t.</param>
    /// <param name="count">How many k.</param>
    /// <param name="factors">f(0), and so on.</param>
    /// <param name="sums">The sum of k = 0, and so on; what follows the last is read, and not used.</param>
    [MethodImpl(FusedRows.Hot)]
    private static void AddProducts(float* x, nint step, nint next, int terms, int count, float* factors, float* sums)
    {
        nint last = count - 1;
        float* x1 = x + Math.Min(1, last) * next, x2 = x + Math.Min(2, last) * next, x3 = x + Math.Min(3, last) * next;
        float* x4 = x + Math.Min(4, last) * next, x5 = x + Math.Min(5, last) * next;
        T a0 = T.Load(sums), b0 = T.Load(sums + T.Count), a1 = T.Load(sums + 2 * T.Count), b1 = T.Load(sums + 3 * T.Count);
        T a2 = T.Load(sums + 4 * T.Count), b2 = T.Load(sums + 5 * T.Count), a3 = T.Load(sums + 6 * T.Count), b3 = T.Load(sums + 7 * T.Count);
        T a4 = T.Load(sums + 8 * T.Count), b4 = T.Load(sums + 9 * T.Count), a5 = T.Load(sums + 10 * T.Count), b5 = T.Load(sums + 11 * T.Count);
        nint place = 0;
        for (int term = 0; term < terms; term++, place += step, factors += 2 * T.Count)
        {
            T a = T.Load(factors), b = T.Load(factors + T.Count);
            T value = T.Create(x[place]);
            a0 = T.MultiplyAdd(value, a, a0);
            b0 = T.MultiplyAdd(value, b, b0);
            value = T.Create(x1[place]);
            a1 = T.MultiplyAdd(value, a, a1);
            b1 = T.MultiplyAdd(value, b, b1);
            value = T.Create(x2[place]);
            a2 = T.MultiplyAdd(value, a, a2);
            b2 = T.MultiplyAdd(value, b, b2);
            value = T.Create(x3[place]);
            a3 = T.MultiplyAdd(value, a, a3);
            b3 = T.MultiplyAdd(value, b, b3);
            value = T.Create(x4[place]);
            a4 = T.MultiplyAdd(value, a, a4);
            b4 = T.MultiplyAdd(value, b, b4);
            value = T.Create(x5[place]);
            a5 = T.MultiplyAdd(value, a, a5);
            b5 = T.MultiplyAdd(value, b, b5);
        }

        Store(sums, a0, b0);
        if (last >= 1) Store(sums + 2 * T.Count, a1, b1);
        if (last >= 2) Store(sums + 4 * T.Count, a2, b2);
        if (last >= 3) Store(sums + 6 * T.Count, a3, b3);
        if (last >= 4) Store(sums + 8 * T.Count, a4, b4);
        if (last >= 5) Store(sums + 10 * T.Count, a5, b5);
    }

    [MethodImpl(FusedRows.Hot)]
    private static void AddBias(int rows, float* v, float* sums)
    {
        T a = T.Create(0f), b = a;
        for (int row = 0; row < rows; row++, v += 2 * T.Count)
        {
            a += T.Load(v);
            b += T.Load(v + T.Count);
        }

        Add(sums, a, b);
    }

    [MethodImpl(FusedRows.Hot)]
    private static void Weight(float* v, float* curvatures, int rows)
    {
        for (int row = 0; row < rows; row++, v += 2 * T.Count)
        {
            T curvature = T.Create(curvatures[row]);
            Store(v, T.Load(v) * curvature, T.Load(v + T.Count) * curvature);
        }
    }

    /// <summary>Σ c x² of every feature, and Σ c.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddDiagonal(float* x, Shape shape, int rows, float* curvatures, float* sums)
    {
        float* diagonal = sums + shape.Values;
        for (int j = 0; j < shape.Features; j += T.Count)
        {
            T even = T.Load(diagonal + j), odd = T.Create(0f);
            float* value = x + j;
            int row = 0;
            for (; row < rows - 1; row += 2, value += 2 * (nint)shape.Stride)
            {
                T first = T.Load(value), second = T.Load(value + shape.Stride);
                even = T.MultiplyAdd(first * first, T.Create(curvatures[row]), even);
                odd = T.MultiplyAdd(second * second, T.Create(curvatures[row + 1]), odd);
            }

            if (row < rows)
            {
                T lastOne = T.Load(value);
                even = T.MultiplyAdd(lastOne * lastOne, T.Create(curvatures[row]), even);
            }

            (even + odd).Store(diagonal + j);
        }

        for (int row = 0; row < rows; row++)
        {
            sums[shape.BiasCurvature] += curvatures[row];
            sums[shape.BiasCurvature + 1] += curvatures[row] * curvatures[row];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, T a, T b)
    {
        a.Store(target);
        b.Store(target + T.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* sums, T a, T b) => Store(sums, T.Load(sums) + a, T.Load(sums + T.Count) + b);
}
