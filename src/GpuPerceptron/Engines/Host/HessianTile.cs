using System.Runtime.CompilerServices;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>
/// Rows of √D X̃, and their part (√D X̃)ᵀ(√D X̃) of the Hessian X̃ᵀDX̃. With the root on both sides one matrix is kept, and
/// the product is symmetric. Short rows are taken from X itself (<see cref="ShortHessian"/>), and only their residuals and curvatures are
/// here.
/// </summary>
/// <remarks>
/// The M + 1 columns, the bias last, are cut into panels of sixteen, a cache line in each row; a panel's rows lie one
/// after the other. How many there are is not kept here: threads whose tiles share a cache line would wait for one another.
/// Blocks of the lower triangle, 16 × 16 sums for a panel pair (i, j ≤ i), follow one another by i, then j.
/// </remarks>
internal abstract unsafe class HessianTile
{
    /// <summary>Rows in the panels at most: what is summed in float32 before it is added to float64 sums.</summary>
    public const int MaximumRows = 256;

    /// <summary>Short rows of which residuals and curvatures are kept, and products summed in float32.</summary>
    public const int ResidualRows = 2 * MaximumRows;

    /// <summary>Columns a panel: a cache line, and the widest register.</summary>
    public const int PanelColumns = 16;

    /// <summary>Sums a block.</summary>
    public const int BlockSums = PanelColumns * PanelColumns;

    // One line more than the rows need, or the panels' lines would all compete for one place in the cache.
    private protected const int PanelValues = (MaximumRows + 1) * PanelColumns;

    private protected readonly float* Panels;
    private protected readonly float* FromBias;   // the last panel's columns, counted from the bias's
    private protected readonly float* BiasColumn; // there: 1 in the bias's, else 0

    /// <param name="features">M.</param>
    /// <param name="memory"><see cref="BytesFor"/> bytes, from the beginning of a cache line.</param>
    private protected HessianTile(int features, void* memory)
    {
        Features = features;
        PanelCount = PanelsFor(features);
        Panels = (float*)memory;
        Residuals = Panels + PanelCount * PanelValues;
        Curvatures = Residuals + ResidualRows;
        FromBias = Curvatures + ResidualRows;
        BiasColumn = FromBias + PanelColumns;
        for (int j = 0; j < PanelColumns; j++)
        {
            FromBias[j] = j - features % PanelColumns;
            BiasColumn[j] = FromBias[j] == 0 ? 1f : 0f;
        }
    }

    /// <summary>Bytes that a tile takes, of whole cache lines; beyond them it may ask for memory, but does not read.</summary>
    /// <param name="features">M.</param>
    public static nuint BytesFor(int features) =>
        ((nuint)PanelsFor(features) * PanelValues + 2 * ResidualRows + 2 * PanelColumns) * sizeof(float);

    /// <summary>M.</summary>
    public int Features { get; }

    /// <summary>Panels of X̃.</summary>
    public int PanelCount { get; }

    /// <summary>s ∘ ∂ℓ/∂v of up to <see cref="ResidualRows"/> rows, where they are not kept elsewhere.</summary>
    public float* Residuals { get; }

    /// <summary>s·d of as many, or of the rows to be taken into panels next, which leaves the roots in its place; d = ∂²ℓ/∂v².</summary>
    public float* Curvatures { get; }

    /// <summary>Panels of X̃.</summary>
    /// <param name="features">M.</param>
    public static int PanelsFor(int features) => features / PanelColumns + 1;

    /// <summary>Blocks of the lower triangle before those of a panel.</summary>
    /// <param name="panel">i.</param>
    public static int BlocksBefore(int panel) => panel * (panel + 1) / 2;

    /// <summary>Adds the product's blocks of some panels to float64 sums.</summary>
    /// <param name="rows">Rows in the tile.</param>
    /// <param name="firstPanel">The first i, even.</param>
    /// <param name="endPanel">After the last i; even, or the number of panels.</param>
    /// <param name="blocks">All blocks of the lower triangle.</param>
    /// <param name="ahead">What is to be asked for from memory meanwhile.</param>
    /// <param name="aheadBytes">How much.</param>
    public abstract void AddProduct(int rows, int firstPanel, int endPanel, double* blocks, byte* ahead, int aheadBytes);
}

/// <inheritdoc/>
/// <remarks>
/// The product's inner loops keep as many sums as the processor has registers for, up to 24 of 32 or 12 of 16, while they go down
/// the rows: rows of one panel, element by element, times registers of another.
/// <para>
/// Floor: with the bias a row has (M + 1)(M + 2)/2 products to add, two flops each, against 4M bytes of X: (M + 3)/4
/// flops a byte, 8 at 28 features and 250 at 1,000. From some 10 flops a byte on arithmetic is the limit, not memory.
/// </para>
/// </remarks>
/// <param name="features">M.</param>
/// <param name="memory">See the base.</param>
internal sealed unsafe class HessianTile<T>(int features, void* memory) : HessianTile(features, memory)
    where T : struct, ISimd<T>
{
    private const int HalfPanel = PanelColumns / 2;

    /// <summary>Takes rows, panel by panel, and adds them to the gradient.</summary>
    /// <param name="x">The first row.</param>
    /// <param name="first">Its place in the tile.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="stride">Values a row.</param>
    /// <param name="residuals">s ∘ ∂ℓ/∂v.</param>
    /// <param name="gradient">g.</param>
    public void Take<TValue>(TValue* x, int first, int rows, int stride, float* residuals, float* gradient)
        where TValue : unmanaged
    {
        float* roots = Curvatures;
        for (int row = 0; row < rows; row += T.Count)
            T.Sqrt(T.Load(roots + row)).Store(roots + row);

        float* target = Panels + first * PanelColumns;
        for (int j = 0; j < PanelCount * PanelColumns; j += T.Count)
        {
            float* panel = target + j / PanelColumns * PanelValues + j % PanelColumns;
            if (j + T.Count <= Features)
                TakeColumns(x + j, rows, stride, residuals, gradient + j, panel);
            else
                TakeLastColumns(x + j, rows, stride, j < stride ? residuals : null, gradient + j, panel, j);
        }
    }

    /// <summary>A register's width of columns: g += rᵀX, and √D X.</summary>
    [MethodImpl(FusedRows.Hot)]
    private void TakeColumns<TValue>(TValue* x, int rows, int stride, float* residuals, float* gradient, float* panel)
        where TValue : unmanaged
    {
        float* roots = Curvatures;
        T even = T.Load(gradient), odd = T.Create(0f);
        int row = 0;
        for (; row < rows - 1; row += 2, x += 2 * stride, panel += 2 * PanelColumns)
        {
            T v0 = StoredValues<T>.Load(x), v1 = StoredValues<T>.Load(x + stride);
            even = T.MultiplyAdd(v0, T.Create(residuals[row]), even);
            odd = T.MultiplyAdd(v1, T.Create(residuals[row + 1]), odd);
            (v0 * T.Create(roots[row])).Store(panel);
            (v1 * T.Create(roots[row + 1])).Store(panel + PanelColumns);
        }

        if (row < rows)
        {
            var v = StoredValues<T>.Load(x);
            even = T.MultiplyAdd(v, T.Create(residuals[row]), even);
            (v * T.Create(roots[row])).Store(panel);
        }

        (even + odd).Store(gradient);
    }

    /// <summary>
    /// The same of columns of the last panel that are not all features: after those come the bias's one, and zeros. Past the
    /// row's end there is no gradient, and are no residuals.
    /// </summary>
    [MethodImpl(FusedRows.Hot)]
    private void TakeLastColumns<TValue>(
        TValue* x, int rows, int stride, float* residuals, float* gradient, float* panel, int column)
        where TValue : unmanaged
    {
        float* roots = Curvatures;
        T place = T.Load(FromBias + column % PanelColumns), bias = T.Load(BiasColumn + column % PanelColumns), zero = T.Create(0f);
        if (residuals == null)
        {
            for (int row = 0; row < rows; row++, panel += PanelColumns)
                (bias * T.Create(roots[row])).Store(panel);
            return;
        }

        var sum = T.Load(gradient);
        for (int row = 0; row < rows; row++, x += stride, panel += PanelColumns)
        {
            var v = StoredValues<T>.Load(x);
            sum = T.MultiplyAdd(v, T.Create(residuals[row]), sum);
            (T.SelectIfAtLeast(place, zero, bias, v) * T.Create(roots[row])).Store(panel);
        }

        sum.Store(gradient);
    }

    /// <inheritdoc/>
    public override void AddProduct(int rows, int firstPanel, int endPanel, double* blocks, byte* ahead, int aheadBytes)
    {
        if (T.Count == PanelColumns)
            AddWide(rows, firstPanel, endPanel, blocks, ahead, aheadBytes);
        else
            AddNarrow(rows, firstPanel, endPanel, blocks);
    }

    private void AddWide(int rows, int firstPanel, int endPanel, double* blocks, byte* ahead, int aheadBytes)
    {
        byte* idle = (byte*)Panels;
        int step = rows * 64;
        for (int j = 0; j < endPanel; j += 2)
        {
            float* b = Panels + j * PanelValues;
            for (int i = Math.Max(firstPanel, j); i < endPanel; i++)
            {
                float* a = Panels + i * PanelValues;
                double* c = blocks + (BlocksBefore(i) + j) * BlockSums;
                bool hasUpper = PanelColumns * i + HalfPanel <= Features;
                if (i == j)
                {
                    if (j + 1 < endPanel)
                    {
                        double* d = blocks + (BlocksBefore(i + 1) + j) * BlockSums;
                        HessianBlocks512.AddDiagonalPair(
                            b, b + PanelValues, rows, Math.Min(PanelColumns, Features + 1 - (j + 1) * PanelColumns), c, d, d + BlockSums,
                            aheadBytes > 0 ? ahead : idle, aheadBytes > step ? ahead + step : idle);
                        ahead += 2 * step;
                        aheadBytes -= 2 * step;
                        i++;
                        continue;
                    }

                    EightByOne(a, b, rows, c, aheadBytes > 0 ? ahead : idle);
                    ahead += step;
                    aheadBytes -= step;
                    if (hasUpper)
                        EightByOne(a + HalfPanel, b, rows, c + HalfPanel * PanelColumns, idle);
                    continue;
                }

                EightByTwo(a, b, b + PanelValues, rows, c, c + BlockSums, aheadBytes > 0 ? ahead : idle);
                ahead += step;
                aheadBytes -= step;
                if (hasUpper)
                    EightByTwo(a + HalfPanel, b, b + PanelValues, rows, c + HalfPanel * PanelColumns, c + BlockSums + HalfPanel * PanelColumns, idle);
            }
        }
    }

    private void AddNarrow(int rows, int firstPanel, int endPanel, double* blocks)
    {
        for (int j = 0; j < endPanel; j++)
        {
            float* b = Panels + j * PanelValues;
            for (int i = Math.Max(firstPanel, j); i < endPanel; i++)
            {
                float* a = Panels + i * PanelValues;
                double* c = blocks + (BlocksBefore(i) + j) * BlockSums;
                int columns = Math.Min(PanelColumns, Features + 1 - i * PanelColumns);
                if (typeof(T) == typeof(Simd256))
                    HessianBlocks256.AddBlock(a, b, rows, columns, c);
                else
                    AddBlock(a, b, rows, columns, c);
            }
        }
    }

    /// <summary>Adds a block, four of a's columns at a time; on the diagonal, where a is b, only the lower triangle is wanted.</summary>
    private static void AddBlock(float* a, float* b, int rows, int columns, double* c)
    {
        for (int row = 0; row < columns; row += 4)
        {
            for (int column = 0; column < PanelColumns; column += 2 * T.Count)
            {
                if (a == b && column >= row + 4) continue;
                double* sums = c + row * PanelColumns + column;
                FourByTwo(a + row, b + column, b + column + T.Count, rows, sums, sums + T.Count);
            }
        }
    }

    /// <summary>Sums over the rows of eight values of one panel times a register each of two others.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void EightByTwo(float* a, float* b0, float* b1, int rows, double* c0, double* c1, byte* ahead)
    {
        T s00 = T.Create(0f), s01 = T.Create(0f);
        T s10 = T.Create(0f), s11 = T.Create(0f);
        T s20 = T.Create(0f), s21 = T.Create(0f);
        T s30 = T.Create(0f), s31 = T.Create(0f);
        T s40 = T.Create(0f), s41 = T.Create(0f);
        T s50 = T.Create(0f), s51 = T.Create(0f);
        T s60 = T.Create(0f), s61 = T.Create(0f);
        T s70 = T.Create(0f), s71 = T.Create(0f);
        for (int k = 0; k < rows; k++)
        {
            Prefetch.Bytes(ahead, 64);
            T x0 = T.Load(b0), x1 = T.Load(b1);
            var a0 = T.Create(a[0]);
            s00 = T.MultiplyAdd(a0, x0, s00);
            s01 = T.MultiplyAdd(a0, x1, s01);
            var a1 = T.Create(a[1]);
            s10 = T.MultiplyAdd(a1, x0, s10);
            s11 = T.MultiplyAdd(a1, x1, s11);
            var a2 = T.Create(a[2]);
            s20 = T.MultiplyAdd(a2, x0, s20);
            s21 = T.MultiplyAdd(a2, x1, s21);
            var a3 = T.Create(a[3]);
            s30 = T.MultiplyAdd(a3, x0, s30);
            s31 = T.MultiplyAdd(a3, x1, s31);
            var a4 = T.Create(a[4]);
            s40 = T.MultiplyAdd(a4, x0, s40);
            s41 = T.MultiplyAdd(a4, x1, s41);
            var a5 = T.Create(a[5]);
            s50 = T.MultiplyAdd(a5, x0, s50);
            s51 = T.MultiplyAdd(a5, x1, s51);
            var a6 = T.Create(a[6]);
            s60 = T.MultiplyAdd(a6, x0, s60);
            s61 = T.MultiplyAdd(a6, x1, s61);
            var a7 = T.Create(a[7]);
            s70 = T.MultiplyAdd(a7, x0, s70);
            s71 = T.MultiplyAdd(a7, x1, s71);
            a += PanelColumns;
            b0 += PanelColumns;
            b1 += PanelColumns;
            ahead += 64;
        }

        T.AddTo(c0, s00);
        T.AddTo(c1, s01);
        T.AddTo(c0 + PanelColumns, s10);
        T.AddTo(c1 + PanelColumns, s11);
        T.AddTo(c0 + 2 * PanelColumns, s20);
        T.AddTo(c1 + 2 * PanelColumns, s21);
        T.AddTo(c0 + 3 * PanelColumns, s30);
        T.AddTo(c1 + 3 * PanelColumns, s31);
        T.AddTo(c0 + 4 * PanelColumns, s40);
        T.AddTo(c1 + 4 * PanelColumns, s41);
        T.AddTo(c0 + 5 * PanelColumns, s50);
        T.AddTo(c1 + 5 * PanelColumns, s51);
        T.AddTo(c0 + 6 * PanelColumns, s60);
        T.AddTo(c1 + 6 * PanelColumns, s61);
        T.AddTo(c0 + 7 * PanelColumns, s70);
        T.AddTo(c1 + 7 * PanelColumns, s71);
    }

    /// <summary>Sums over the rows of eight values of a panel times a register.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void EightByOne(float* a, float* b0, int rows, double* c0, byte* ahead)
    {
        T s00 = T.Create(0f);
        T s10 = T.Create(0f);
        T s20 = T.Create(0f);
        T s30 = T.Create(0f);
        T s40 = T.Create(0f);
        T s50 = T.Create(0f);
        T s60 = T.Create(0f);
        T s70 = T.Create(0f);
        for (int k = 0; k < rows; k++)
        {
            Prefetch.Bytes(ahead, 64);
            T x0 = T.Load(b0);
            s00 = T.MultiplyAdd(T.Create(a[0]), x0, s00);
            s10 = T.MultiplyAdd(T.Create(a[1]), x0, s10);
            s20 = T.MultiplyAdd(T.Create(a[2]), x0, s20);
            s30 = T.MultiplyAdd(T.Create(a[3]), x0, s30);
            s40 = T.MultiplyAdd(T.Create(a[4]), x0, s40);
            s50 = T.MultiplyAdd(T.Create(a[5]), x0, s50);
            s60 = T.MultiplyAdd(T.Create(a[6]), x0, s60);
            s70 = T.MultiplyAdd(T.Create(a[7]), x0, s70);
            a += PanelColumns;
            b0 += PanelColumns;
            ahead += 64;
        }

        T.AddTo(c0, s00);
        T.AddTo(c0 + PanelColumns, s10);
        T.AddTo(c0 + 2 * PanelColumns, s20);
        T.AddTo(c0 + 3 * PanelColumns, s30);
        T.AddTo(c0 + 4 * PanelColumns, s40);
        T.AddTo(c0 + 5 * PanelColumns, s50);
        T.AddTo(c0 + 6 * PanelColumns, s60);
        T.AddTo(c0 + 7 * PanelColumns, s70);
    }

    /// <summary>Sums over the rows of four values of one panel times two registers.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void FourByTwo(float* a, float* b0, float* b1, int rows, double* c0, double* c1)
    {
        T s00 = T.Create(0f), s01 = T.Create(0f);
        T s10 = T.Create(0f), s11 = T.Create(0f);
        T s20 = T.Create(0f), s21 = T.Create(0f);
        T s30 = T.Create(0f), s31 = T.Create(0f);
        for (int k = 0; k < rows; k++)
        {
            T x0 = T.Load(b0), x1 = T.Load(b1);
            var a0 = T.Create(a[0]);
            s00 = T.MultiplyAdd(a0, x0, s00);
            s01 = T.MultiplyAdd(a0, x1, s01);
            var a1 = T.Create(a[1]);
            s10 = T.MultiplyAdd(a1, x0, s10);
            s11 = T.MultiplyAdd(a1, x1, s11);
            var a2 = T.Create(a[2]);
            s20 = T.MultiplyAdd(a2, x0, s20);
            s21 = T.MultiplyAdd(a2, x1, s21);
            var a3 = T.Create(a[3]);
            s30 = T.MultiplyAdd(a3, x0, s30);
            s31 = T.MultiplyAdd(a3, x1, s31);
            a += PanelColumns;
            b0 += PanelColumns;
            b1 += PanelColumns;
        }

        T.AddTo(c0, s00);
        T.AddTo(c1, s01);
        T.AddTo(c0 + PanelColumns, s10);
        T.AddTo(c1 + PanelColumns, s11);
        T.AddTo(c0 + 2 * PanelColumns, s20);
        T.AddTo(c1 + 2 * PanelColumns, s21);
        T.AddTo(c0 + 3 * PanelColumns, s30);
        T.AddTo(c1 + 3 * PanelColumns, s31);
    }
}
